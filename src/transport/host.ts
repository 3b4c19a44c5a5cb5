import type { Duplex, Readable } from 'node:stream';
import type { Login, SshSettings } from '../deployment/deployment.ts';
import { HostError } from './hostError.ts';

/** A machine one can run scripts on. `ssh` reaches it over the wire, `local` is this one; both behave alike. */
export interface RemoteHost {
  readonly address: string;
  readonly meter: Meter;
  /**
   * Runs `script` by `sh` on the host, in its own process group, leashed to this connection: when we die, cut the
   * connection or abort `signal`, a watchdog on the host ends the group. Without `stdin` the script reads /dev/null.
   * Resolves however the script ends.
   * @throws TransportError when the host can't be reached or the connection is lost on the way
   */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /** A stream to a TCP port on the host itself (127.0.0.1 there). */
  forward(port: number): Promise<Duplex>;
  close(): Promise<void>;
}

export interface RunOptions {
  /** Bytes for the script's standard input; its end is the input's end. */
  readonly stdin?: Readable | Buffer;
  /** Size of a `stdin` stream where it is known: then it goes in one piece. */
  readonly stdinBytes?: number;
  /**
   * The script reads these bytes from the connection itself, without a copy on the way, and then calls `taken`: until it does,
   * a cut is to it the end of its input. `take BYTES` copies as many to its output.
   */
  readonly stdinDirect?: boolean;
  readonly signal?: AbortSignal;
  /** Called with each whole line of stdout (1) or stderr (2), invalid UTF-8 replaced, at most 64 KiB each. */
  readonly onLine?: (line: string, stream: 1 | 2) => void;
  /** Called with the raw bytes of stdout (1) or stderr (2); while its promise is open no more of that stream is read. */
  readonly onChunk?: (chunk: Buffer, stream: 1 | 2) => Promise<void> | undefined;
  /** Bytes kept of each stream, the last ones; 1 MiB when absent. The probe asks for more, who takes chunks for none. */
  readonly keepBytes?: number;
  readonly deadlineMs?: number;
  /** How long what was aborted or is past its deadline may take to end before it is left to the host's watchdog; 5 s when absent. */
  readonly letGoMs?: number;
}

export interface RunResult {
  /** Exit code; 128 + n for signal n; null when aborted or past its deadline. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly ended: 'exit' | 'aborted' | 'deadline';
}

/** Counted on our side; read by the run's summary. */
export interface Meter {
  roundTrips: number;
  bytesSent: number;
  bytesReceived: number;
}

/** One (address, port, user) to connect to, with everything it needs; secrets already read. */
export interface ConnectOptions {
  readonly address: string;
  readonly login: Login;
  readonly ssh: SshSettings;
  readonly password: string | null;
  readonly passphrase: string | null;
  readonly signal?: AbortSignal;
}

/** Opens a host; calls share one connection per (address, port, user). */
export type OpenHost = (address: string, signal?: AbortSignal) => Promise<RemoteHost>;

export type TransportCode =
  | 'unreachable'
  | 'handshake'
  | 'auth'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'lost'
  | 'refused-channel'
  | 'no-shell'
  | 'interrupted';

/** The host could not be reached or was lost: never the fault of the command. */
export class TransportError extends HostError<TransportCode> {
  override readonly name = 'TransportError';
}

/** A host shows a key that known_hosts does not have: the user may check and accept it. */
export class UnknownHostKey extends TransportError {
  constructor(
    host: string,
    message: string,
    hint: string,
    /** What the host is called in known_hosts. */
    readonly knownAs: string,
    readonly key: Buffer,
  ) {
    super('host-key-unknown', host, message, hint);
  }
}

/** The private key here can't be used, whatever the host: missing, or in a form that can't be read. */
export class UnusableKey extends TransportError {
  constructor(host: string, message: string, hint: string, options?: ErrorOptions) {
    super('auth', host, message, hint, options);
  }
}

/** A host logs in and runs something else instead of commands: nologin, or a forced command. */
export class NoShell extends TransportError {
  constructor(
    host: string,
    message: string,
    hint: string,
    /** The same with what came on stderr, where stdout was empty. */
    readonly withErrors: ((errors: string) => NoShell) | null,
  ) {
    super('no-shell', host, message, hint);
  }
}
