import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { constants, hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { nobodyListens } from '../../src/transport/errors.ts';
import type { Meter, RunOptions, RunResult } from '../../src/transport/host.ts';
import { runLeashed } from '../../src/transport/leash.ts';
import type { ProcessHost, RemoteProcess } from '../../src/transport/process.ts';

/** This machine, behaving as a host over SSH does. */
export class LocalHost implements ProcessHost {
  readonly address: string;
  readonly meter: Meter = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };

  constructor(address: string = hostname()) {
    this.address = address;
  }

  run(script: string, options: RunOptions = {}): Promise<RunResult> {
    return runLeashed((command) => this.open(`exec ${command}`), this.meter, script, options);
  }

  async open(command: string): Promise<RemoteProcess> {
    this.meter.roundTrips += 1;
    // detached: a process group of its own, as sshd gives each command
    return asProcess(spawn('sh', ['-c', command], { detached: true, stdio: 'pipe' }));
  }

  forward(port: number): Promise<Duplex> {
    this.meter.roundTrips += 1;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('connect', () => resolve(socket.off('error', reject)));
      socket.once('error', (error) => reject(nobodyListens({ address: this.address, port, user: '' }, port, error)));
    });
  }

  async close(): Promise<void> {}
}

function asProcess(child: ChildProcess): RemoteProcess {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  ended.catch(() => {});
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('sh was started without pipes');
  // a script that ends without reading its input breaks this pipe
  stdin.on('error', () => {});
  return { stdin, stdout, stderr, ended, letGo: () => void child.kill('SIGKILL') };
}
