import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { lost, nobodyListens, refusedChannel, type Target } from './errors.ts';
import type { SshError } from './handshakeFault.ts';
import type { TransportError } from './host.ts';
import type { RemoteProcess, TerminalProcess, TerminalSize } from './process.ts';
import type { Client, ClientChannel } from './ssh2.ts';

const GOODBYE_MS = 500;

/** An SSH connection that is logged in. */
export interface Wire {
  readonly target: Target;
  /** Null while the connection lives. */
  lostBecause(): string | null;
  /** @throws TransportError `refused-channel` or `lost` */
  exec(command: string): Promise<RemoteProcess>;
  /** @throws TransportError `refused-channel` or `lost` */
  execInTerminal(command: string, size: TerminalSize): Promise<TerminalProcess>;
  /** @throws TransportError `refused-channel` (no listener, or forwarding is forbidden) or `lost` */
  forward(address: string, port: number): Promise<Duplex>;
  end(): void;
}

export class SshWire implements Wire {
  readonly target: Target;
  readonly #client: Client;
  readonly #socket: Duplex;
  #lost: string | null = null;

  constructor(client: Client, socket: Duplex, target: Target) {
    this.#client = client;
    this.#socket = socket;
    this.target = target;
    // also keeps an error after the login from ending this process
    client.on('error', (error: SshError) => {
      this.#lost ??=
        error.message === 'Keepalive timeout' ? 'it stopped answering (12 s without a sign)' : error.message;
    });
    client.on('close', () => {
      this.#lost ??= 'the host closed it';
    });
  }

  lostBecause(): string | null {
    return this.#lost;
  }

  exec(command: string): Promise<RemoteProcess> {
    return this.#channel(
      (done) => this.#client.exec(command, done),
      (channel) => this.#process(channel),
    );
  }

  async execInTerminal(command: string, { rows, columns }: TerminalSize): Promise<TerminalProcess> {
    const pty = { rows, cols: columns, term: process.env.TERM ?? 'xterm' };
    return this.#channel(
      (done) => this.#client.exec(command, { pty }, done),
      (channel) => ({
        ...this.#process(channel),
        resize: (size) => void channel.setWindow(size.rows, size.columns, 0, 0),
      }),
    );
  }

  async forward(address: string, port: number): Promise<Duplex> {
    try {
      return await this.#channel(
        (done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done),
        (channel) => channel,
      );
    } catch (error) {
      // 2: SSH_OPEN_CONNECT_FAILED
      const reason = ((error as Error).cause as { reason?: unknown } | undefined)?.reason;
      throw reason === 2 ? nobodyListens(this.target, port, error) : error;
    }
  }

  end(): void {
    this.#lost ??= 'we closed it';
    this.#client.end();
    // a dead host never closes, and must not keep this process
    setTimeout(() => this.#socket.destroy(), GOODBYE_MS).unref();
  }

  /** `take` is called at once: all output of a short command, its end too, may have come with the answer that it runs. */
  #channel<T>(
    open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    take: (channel: ClientChannel) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined, channel: ClientChannel): void => {
        if (error === undefined || error === null) resolve(take(channel));
        else reject(this.#lost === null ? refusedChannel(this.target, error.message, error) : this.#gone(error));
      };
      try {
        open(done);
      } catch (error) {
        reject(this.#gone(error));
      }
    });
  }

  #gone(cause?: unknown): TransportError {
    return lost(this.target, this.#lost ?? 'it is closed', cause);
  }

  #process(channel: ClientChannel): RemoteProcess {
    let code: number | null = null;
    let giveUp = (): void => {};
    channel.on('exit', (status: number | null, signal?: string) => {
      code = status ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    // a write to a channel that just closed is not our fault
    channel.on('error', () => {});
    const ended = new Promise<number>((resolve, reject) => {
      giveUp = () => reject(lost(this.target, 'we let go of the process'));
      channel.on('close', () => {
        if (code !== null) resolve(code);
        else
          setImmediate(() => reject(this.#lost === null ? lost(this.target, 'the channel was closed') : this.#gone()));
      });
    });
    ended.catch(() => {});
    return {
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      ended,
      letGo: () => {
        channel.close();
        // without waiting: a dead connection never confirms
        giveUp();
      },
    };
  }
}
