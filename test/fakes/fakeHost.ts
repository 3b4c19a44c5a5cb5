import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type RemoteHost, type RunOptions, type RunResult, TransportError } from '../../src/transport/host.ts';

/** A host whose scripts run in this machine's `sh`, in `folder`; it can be cut off at a script that matches. */
export class FakeHost implements RemoteHost {
  readonly meter = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
  readonly scripts: string[] = [];

  constructor(
    readonly address: string,
    readonly cutAt: RegExp | null = null,
  ) {}

  run(script: string, options: RunOptions = {}): Promise<RunResult> {
    this.scripts.push(script);
    this.meter.roundTrips += 1;
    if (this.cutAt?.test(script)) {
      return Promise.reject(new TransportError('lost', this.address, `lost ${this.address} on the way`, null));
    }
    return new Promise((resolve) => {
      const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
      const text = { stdout: '', stderr: '' };
      let rest = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text.stdout += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line, 1);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        text.stderr += chunk;
      });
      let aborted = false;
      const abort = () => {
        aborted = true;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      };
      if (options.signal?.aborted) abort();
      options.signal?.addEventListener('abort', abort, { once: true });
      child.on('close', (code) => {
        options.signal?.removeEventListener('abort', abort);
        resolve({ code: aborted ? null : code, ...text, durationMs: 1, ended: aborted ? 'aborted' : 'exit' });
      });
      child.stdin.end(script);
    });
  }

  forward(): Promise<Duplex> {
    return Promise.reject(new Error('nothing listens here'));
  }

  async close(): Promise<void> {}
}
