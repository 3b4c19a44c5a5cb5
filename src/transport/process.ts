import type { Readable, Writable } from 'node:stream';
import type { RemoteHost } from './host.ts';

/** A process on a host, as its streams. */
export interface RemoteProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code, 128 + n for signal n; rejects with a TransportError when the connection is lost before. */
  readonly ended: Promise<number>;
  /** Gives it up without waiting for its end. */
  letGo(): void;
}

/** A host that can also start a bare process: for programs that end by themselves when their input does (rsync). */
export interface ProcessHost extends RemoteHost {
  open(command: string): Promise<RemoteProcess>;
}

export function isProcessHost(host: RemoteHost): host is ProcessHost {
  return 'open' in host;
}
