import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inAnyShell } from '../shell/anyShell.ts';
import { behindMark } from './behindMark.ts';
import { Channels } from './channels.ts';
import { lost, noShell } from './errors.ts';
import { type ConnectOptions, type Meter, type RunOptions, type RunResult, TransportError } from './host.ts';
import { runLeashed } from './leash.ts';
import type { ProcessHost, RemoteProcess, TerminalHost, TerminalProcess, TerminalSize } from './process.ts';
import type { Wire } from './wire.ts';

// OpenSSH's MaxSessions is 10: two are left for the operator's own
const CHANNELS = 8;
// MaxSessions doesn't count them; each is a socket on the host all the same
const FORWARDS = 32;
const REFUSALS = 12;
// for a message only
const LOGIN_SHELL_MS = 2000;

/** A host over an SSH connection. */
export class SshHost implements ProcessHost, TerminalHost {
  readonly address: string;
  readonly meter: Meter = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
  /** Printed before each command: text before it is the login's. */
  readonly #mark = `omniplace-${randomBytes(8).toString('hex')}\n`;
  readonly #wire: Wire;
  readonly #options: ConnectOptions;
  readonly #channels = new Channels(CHANNELS);
  readonly #forwards = new Channels(FORWARDS);

  constructor(wire: Wire, options: ConnectOptions) {
    this.address = options.address;
    this.#wire = wire;
    this.#options = options;
  }

  get alive(): boolean {
    return this.#wire.lostBecause() === null;
  }

  run(script: string, options: RunOptions = {}): Promise<RunResult> {
    const { prefix, answer } = this.#become(true);
    // sudo has its own process group: the leash needs one it leads
    const lead = prefix === '' ? '' : `${prefix} setsid -w `;
    const open = async (command: string): Promise<RemoteProcess> => {
      const process = await this.#exec(`${lead}${command}`);
      if (answer !== null) process.stdin.write(`${answer}\n`);
      return process;
    };
    return runLeashed(open, this.meter, script, options);
  }

  open(command: string): Promise<RemoteProcess> {
    const { prefix } = this.#become(false);
    return this.#exec(`${prefix} ${inAnyShell(command)}`);
  }

  async forward(port: number): Promise<Duplex> {
    const stream = await this.#opened(this.#forwards, () => this.#wire.forward('127.0.0.1', port));
    stream.once('close', () => this.#forwards.release());
    return stream;
  }

  /** A stream to an SSH server behind this host. */
  async reach(address: string, port: number): Promise<Duplex> {
    return this.#wire.forward(address, port);
  }

  async close(): Promise<void> {
    this.#wire.end();
  }

  async openTerminal(command: string, size: TerminalSize): Promise<TerminalProcess> {
    const { prefix } = this.#become(false);
    return this.#leased(() => this.#wire.execInTerminal(`exec ${prefix} ${inAnyShell(command)}`, size));
  }

  /** Runs words of a command; the `sh` in front of them prints the mark, since the login shell may not let us start one. */
  async #exec(words: string): Promise<RemoteProcess> {
    const command = `exec ${inAnyShell('echo $0; exec "$@"', [this.#mark.trim()])} ${words}`;
    this.meter.bytesSent += command.length;
    const process = await this.#leased(() => this.#wire.exec(command));
    let instead: string | null = null;
    let isLetGo = false;
    const stdout = behindMark(process.stdout, this.#mark, (printed) => {
      instead = printed;
    });
    const taken = once(stdout, 'end');
    taken.catch(() => {});
    const ended = process.ended.then(
      async (code) => {
        await taken;
        // nologin, a forced command, a restricted login shell: whatever it answers, our command never ran
        if (instead !== null) throw noShell(this.#wire.target, code, instead, await this.#loginShell());
        return code;
      },
      (error: unknown) => {
        throw isLetGo && instead !== null ? noShell(this.#wire.target, null, instead) : error;
      },
    );
    ended.catch(() => {});
    const letGo = (): void => {
      isLetGo = true;
      stdout.destroy();
      process.letGo();
    };
    return { ...process, stdout, ended, letGo };
  }

  /** The login shell of a host that does not run our commands; null: it does not name it. */
  async #loginShell(): Promise<string | null> {
    try {
      const process = await this.#leased(() => this.#wire.exec('echo $SHELL'));
      const timer = setTimeout(() => process.letGo(), LOGIN_SHELL_MS);
      process.stderr.resume();
      const [printed] = await Promise.all([text(process.stdout), process.ended]).finally(() => clearTimeout(timer));
      return /^\/\S+$/.test(printed.trim()) ? printed.trim() : null;
    } catch {
      return null;
    }
  }

  /** Holds a channel until the process has ended. */
  async #leased<T extends RemoteProcess>(start: () => Promise<T>): Promise<T> {
    const process = await this.#opened(this.#channels, start);
    const release = (): void => this.#channels.release();
    void process.ended.then(release, release);
    return process;
  }

  /** Waits for a free channel; one that the server refuses (MaxSessions) is asked for again when another has ended. */
  async #opened<T>(channels: Channels, open: () => Promise<T>): Promise<T> {
    for (let refusals = 0; ; ) {
      await channels.take();
      try {
        const because = this.#wire.lostBecause();
        if (because !== null) throw lost(this.#wire.target, because);
        const opened = await open();
        this.meter.roundTrips += 1;
        return opened;
      } catch (error) {
        const others = channels.open - 1;
        if (others > 0 && isRefusal(error)) channels.lower(others);
        channels.release();
        refusals += 1;
        if (!isRefusal(error) || refusals > REFUSALS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20 * refusals));
      }
    }
  }

  #become(canAnswer: boolean): { readonly prefix: string; readonly answer: string | null } {
    const { ssh, login, password } = this.#options;
    if (ssh.become === null || login.user === 'root') return { prefix: '', answer: null };
    if (canAnswer && password !== null) return { prefix: "sudo -S -p ''", answer: password };
    return { prefix: 'sudo -n', answer: null };
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof TransportError && error.code === 'refused-channel' && !error.message.startsWith('nothing accepts')
  );
}
