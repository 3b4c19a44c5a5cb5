import { spawn } from 'node:child_process';

/**
 * A process for each worker, as vLLM has them, which end with this one. vLLM's give themselves titles that go over their
 * environment, unless SPT_NOENV is set. @param onLost one has ended
 */
export function startWorkers(names: readonly string[], onLost: (name: string) => void): void {
  const env = process.env.SPT_NOENV ? process.env : {};
  for (const name of names) {
    const child = spawn('/bin/cat', [], { argv0: `VLLM::${name}`, env, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.once('exit', () => onLost(name));
  }
}
