import { readFile } from 'node:fs/promises';
import { connect as dialTcp, type Socket } from 'node:net';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { type Config, NodeSSH } from 'node-ssh';
import type { AuthenticationType, Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';
import {
  authFailed,
  hostKeyChanged,
  hostKeyRevoked,
  hostKeyUnknown,
  interrupted,
  lost,
  nobodyListens,
  refusedChannel,
  type Target,
  targetOf,
  unreachable,
} from './errors.ts';
import type { ConnectOptions, TransportError } from './host.ts';
import { hostName, judge, knownKeyTypes, readKnownHosts, remember } from './knownHosts.ts';
import { paced } from './pacing.ts';
import type { RemoteProcess, TerminalProcess, TerminalSize } from './process.ts';

// a silent host is given up after 3 unanswered keepalives: 12 s
const KEEPALIVE_MS = 4000;
const KEEPALIVES_UNANSWERED = 2;
const RETRY_MS = 100;

// AES-GCM first: one pass, done by the processor
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'] as const;
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** An SSH connection that is logged in. */
export interface Wire {
  readonly target: Target;
  /** Null while the connection lives. */
  lostBecause(): string | null;
  /** @throws TransportError `refused-channel` or `lost` */
  exec(command: string): Promise<RemoteProcess>;
  /** @throws TransportError `refused-channel` or `lost` */
  execInTerminal(command: string, size: TerminalSize): Promise<TerminalProcess>;
  /** @throws TransportError `refused-channel` (nobody listens, or forwarding is forbidden) or `lost` */
  forward(address: string, port: number): Promise<Duplex>;
  end(): void;
}

/** How to reach the SSH server; a jump host hands in a channel instead of a socket. */
export type Dial = (timeoutMs: number, signal: AbortSignal | undefined) => Promise<Duplex>;

/**
 * Connects, verifies the host's key, logs in. A server too busy to greet us (MaxStartups) is asked again until
 * the connect timeout is over; every other failure is a verdict at once.
 * @throws TransportError
 */
export async function connect(options: ConnectOptions, dial?: Dial): Promise<Wire> {
  const target = targetOf(options);
  const deadline = performance.now() + options.ssh.connectTimeoutMs;
  const login = await credentials(options, target);
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal?.aborted) throw interrupted(target.address);
    const leftMs = Math.max(1, deadline - performance.now());
    try {
      return await paced(`${target.address}:${target.port}`, () =>
        handshake(options, target, login, leftMs, dial ?? tcp(target)),
      );
    } catch (error) {
      if (!(error instanceof NotGreeted)) throw error;
      // spread out, or those refused together come back together
      const pauseMs = RETRY_MS * attempt * (0.5 + Math.random());
      if (performance.now() + pauseMs > deadline) {
        const why = `it closed the connection without a greeting, ${attempt} times (is MaxStartups too low?)`;
        throw unreachable(target, why, error.cause);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** The server hung up before it said who it is: the sign of MaxStartups. */
class NotGreeted extends Error {}

async function handshake(
  options: ConnectOptions,
  target: Target,
  login: Credentials,
  timeoutMs: number,
  dial: Dial,
): Promise<Wire> {
  const file = options.ssh.knownHosts;
  const name = hostName(target.address, target.port);
  const known = await readKnownHosts(file);
  const sock = await dial(timeoutMs, options.signal);

  let refusal: TransportError | null = null;
  let accepted: Buffer | null = null;
  const hostVerifier = (key: Buffer): boolean => {
    const verdict = judge(known, name, key);
    if (verdict.kind === 'revoked') refusal = hostKeyRevoked(target, `${file}:${verdict.line}`, key);
    if (verdict.kind === 'changed') refusal = hostKeyChanged(target, `${file}:${verdict.line}`, key);
    if (verdict.kind === 'unknown') {
      if (options.ssh.hostKeys === 'strict') refusal = hostKeyUnknown(target, name, key, file);
      else accepted = key;
    }
    return refusal === null;
  };

  const ssh = new NodeSSH();
  const connecting = ssh.connect({
    ...login,
    host: target.address,
    username: target.user,
    sock: sock as Socket,
    hostVerifier,
    readyTimeout: timeoutMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVES_UNANSWERED,
    algorithms: { cipher: [...CIPHERS], serverHostKey: hostKeyOrder(knownKeyTypes(known, name)) },
  });
  const client = ssh.connection;
  const wire = client === null ? null : new SshWire(client, target);
  const cancel = (): void => void sock.destroy();
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    await connecting;
  } catch (error) {
    sock.destroy();
    if (options.signal?.aborted) throw interrupted(target.address);
    throw refusal ?? explain(error as SshError, target, options, timeoutMs);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
  }
  client?.setNoDelay(true);
  if (accepted) await remember(file, name, accepted);
  return wire!;
}

type Credentials = Pick<Config, 'privateKey' | 'passphrase' | 'password' | 'agent' | 'tryKeyboard' | 'authHandler'>;
type SshError = Error & { level?: string; code?: string };

function explain(error: SshError, target: Target, options: ConnectOptions, timeoutMs: number): Error {
  const seconds = `${Math.round(timeoutMs / 100) / 10} s`;
  if (error.level === 'client-authentication') {
    const tried = triedMethods(options);
    return authFailed(
      target,
      `the host accepts none of what was tried: ${tried.join(', ')}`,
      `check user, key and password of this host; try: ssh -p ${target.port} ${target.user}@${target.address}`,
      error,
    );
  }
  if (error.level === 'agent') {
    return authFailed(target, `the SSH agent does not answer (${error.message})`, 'is SSH_AUTH_SOCK right?', error);
  }
  if (error.message.startsWith('Cannot parse privateKey')) {
    const file = options.login.privateKey ?? '';
    const hint = 'give its passphrase, or a key in OpenSSH or PEM form';
    return authFailed(target, `private key ${file}: ${error.message}`, hint, error);
  }
  if (error.message === 'Connection lost before handshake' || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new NotGreeted('', { cause: error });
  }
  if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT') {
    return unreachable(target, `connected, but the SSH server said nothing for ${seconds}`, error);
  }
  return unreachable(target, error.message, error);
}

function tcp(target: Target): Dial {
  return (timeoutMs, signal) =>
    new Promise((resolve, reject) => {
      // noDelay: without it every exec waits 40 ms for an acknowledgement
      const socket = dialTcp({ host: target.address, port: target.port, noDelay: true });
      const done = (): void => {
        clearTimeout(timer);
        socket.removeAllListeners();
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error): void => {
        done();
        socket.on('error', () => {}).destroy();
        reject(error);
      };
      const onAbort = (): void => fail(interrupted(target.address));
      const timer = setTimeout(
        () => fail(unreachable(target, `no answer within ${Math.round(timeoutMs / 100) / 10} s`)),
        timeoutMs,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('connect', () => {
        done();
        resolve(socket);
      });
      socket.once('error', (error: NodeJS.ErrnoException) =>
        fail(
          error.code === 'ECONNRESET'
            ? new NotGreeted('', { cause: error })
            : unreachable(target, dialFault(error), error),
        ),
      );
    });
}

function dialFault(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused, no SSH server listens there';
  if (error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH') return 'no route to the host';
  if (error.code === 'ETIMEDOUT') return 'no answer';
  return error.message;
}

/** What to log in with, read from where it lies. @throws TransportError `auth` */
async function credentials(options: ConnectOptions, target: Target): Promise<Credentials> {
  const { login, password, passphrase } = options;
  const agent = login.agent ? process.env.SSH_AUTH_SOCK : undefined;
  if (login.agent && agent === undefined && login.privateKey === null && password === null) {
    throw authFailed(target, 'no SSH agent runs here', 'start one: eval "$(ssh-agent)" && ssh-add');
  }
  if (triedMethods(options).length === 0) {
    throw authFailed(target, 'no credentials', 'set private_key, password or agent: true for this host');
  }
  const methods = [
    ...(login.privateKey === null ? [] : ['publickey']),
    ...(agent === undefined ? [] : ['agent']),
    ...(password === null ? [] : ['password', 'keyboard-interactive']),
  ];
  return {
    authHandler: methods as AuthenticationType[],
    ...(login.privateKey === null ? {} : { privateKey: await readKey(login.privateKey, target) }),
    ...(passphrase === null ? {} : { passphrase }),
    ...(agent === undefined ? {} : { agent }),
    ...(password === null ? {} : { password, tryKeyboard: true }),
  };
}

async function readKey(file: string, target: Target): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (error as Error).message;
    throw authFailed(target, `private key ${file} ${why}`, 'check private_key of this host', error);
  }
}

function triedMethods({ login, password }: ConnectOptions): readonly string[] {
  return [
    ...(login.privateKey === null ? [] : [`key ${login.privateKey}`]),
    ...(login.agent ? ['agent'] : []),
    ...(password === null ? [] : ['password']),
  ];
}

/** Known types first: a server that has several keys then shows one we can compare. */
function hostKeyOrder(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...HOST_KEYS.filter(isKnown), ...HOST_KEYS.filter((algorithm) => !isKnown(algorithm))];
}

class SshWire implements Wire {
  readonly target: Target;
  readonly #client: Client;
  #lost: string | null = null;

  constructor(client: Client, target: Target) {
    this.#client = client;
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
    return this.#channel((done) => this.#client.exec(command, done)).then((channel) => this.#process(channel));
  }

  async execInTerminal(command: string, { rows, columns }: TerminalSize): Promise<TerminalProcess> {
    const pty = { rows, cols: columns, term: process.env.TERM ?? 'xterm' };
    const channel = await this.#channel((done) => this.#client.exec(command, { pty }, done));
    return { ...this.#process(channel), resize: (size) => void channel.setWindow(size.rows, size.columns, 0, 0) };
  }

  async forward(address: string, port: number): Promise<Duplex> {
    try {
      return await this.#channel((done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done));
    } catch (error) {
      // 2: SSH_OPEN_CONNECT_FAILED
      const reason = ((error as Error).cause as { reason?: unknown } | undefined)?.reason;
      throw reason === 2 ? nobodyListens(this.target, port, error) : error;
    }
  }

  end(): void {
    this.#lost ??= 'we closed it';
    this.#client.end();
  }

  #channel(open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined, channel: ClientChannel): void => {
        if (error === undefined || error === null) resolve(channel);
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
    let letGo = false;
    channel.on('exit', (status: number | null, signal?: string) => {
      code = status ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    // a write to a channel that just closed is no fault of ours
    channel.on('error', () => {});
    const ended = new Promise<number>((resolve, reject) => {
      channel.on('close', () => {
        if (code !== null) resolve(code);
        else if (letGo) reject(lost(this.target, 'we let go of the process'));
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
        letGo = true;
        channel.close();
        // a dead connection never confirms
        setTimeout(() => channel.destroy(), 200).unref();
      },
    };
  }
}
