import { spawn } from 'node:child_process';

/**
 * A process for each worker, as vLLM has them, which end with this one. They carry no environment: vLLM's give themselves
 * titles that go over it. @param onLost one has ended
 */
export function startWorkers(names: readonly string[], onLost: (name: string) => void): void {
  for (const name of names) {
    const child = spawn('/bin/cat', [], { argv0: `VLLM::${name}`, env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.once('exit', () => onLost(name));
  }
}
