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

/** Rows and columns of a terminal. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A process with a terminal of its own on the host; its output comes only by stdout. */
export interface TerminalProcess extends RemoteProcess {
  resize(size: TerminalSize): void;
}

/** A host that can also start a bare process: for programs that end by themselves when their input does (rsync). */
export interface ProcessHost extends RemoteHost {
  open(command: string): Promise<RemoteProcess>;
}

/** A host that can give a process a terminal. */
export interface TerminalHost extends RemoteHost {
  openTerminal(command: string, size: TerminalSize): Promise<TerminalProcess>;
}

export function hasTerminals(host: RemoteHost): host is TerminalHost {
  return 'openTerminal' in host;
}

export function isProcessHost(host: RemoteHost): host is ProcessHost {
  return 'open' in host;
}
