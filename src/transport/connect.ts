import type { Socket } from 'node:net';
import { type Credentials, credentials } from './credentials.ts';
import { type Dial, tcp } from './dial.ts';
import {
  handshakeFailed,
  hostKeyChanged,
  hostKeyRevoked,
  hostKeyUnknown,
  interrupted,
  type Target,
  targetOf,
  unreachable,
} from './errors.ts';
import { handshakeFault, NotGreeted, type SshError } from './handshakeFault.ts';
import type { ConnectOptions, TransportError } from './host.ts';
import { authorityLine, checkHostKey, hostName, knownKeyTypes, readKnownHosts, remember } from './knownHosts.ts';
import { paced } from './pacing.ts';
import { listenForOffer } from './serverOffer.ts';
import { NodeSSH, type ServerHostKeyAlgorithm } from './ssh2.ts';
import { unusedCertificates } from './unusedCertificates.ts';
import { SshWire, type Wire } from './wire.ts';

// a silent host is given up after 3 unanswered keepalives: 12 s
const KEEPALIVE_MS = 4000;
const KEEPALIVES_UNANSWERED = 2;
const RETRY_MS = 100;

// what the library would offer by itself, strong first, AES-GCM before all: one pass, done by the processor; then all else it has,
// for old hosts and appliances that have nothing better
const ALL = { append: /./ } as never; // its types miss that form
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
  'ssh-dss',
];

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
        throw neverGreeted(target, error, attempt);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function neverGreeted(target: Target, { message, cause }: NotGreeted, attempts: number): TransportError {
  if (message === '') {
    const why = `it closed the connection without a greeting, ${attempts} times (is MaxStartups too low?)`;
    return unreachable(target, why, cause);
  }
  const why = `it refused ${attempts === 1 ? 'the connection' : `${attempts} connections`}: "${message}"`;
  return handshakeFailed(target, why, 'wait, or raise MaxStartups or PerSourcePenalties in its sshd_config', cause);
}

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
    const verdict = checkHostKey(known, name, key);
    if (verdict.kind === 'revoked') refusal = hostKeyRevoked(target, `${file}:${verdict.line}`, key);
    if (verdict.kind === 'changed') refusal = hostKeyChanged(target, `${file}:${verdict.line}`, key);
    if (verdict.kind === 'unknown') {
      if (options.ssh.hostKeys === 'strict') {
        refusal = hostKeyUnknown(target, { name, key, file, authority: authorityLine(known, name) });
      } else accepted = key;
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
    algorithms: { cipher: ALL, kex: ALL, hmac: ALL, serverHostKey: hostKeyOrder(knownKeyTypes(known, name)) },
  });
  const client = ssh.connection;
  const wire = client === null ? null : new SshWire(client, sock, target);
  const heard = listenForOffer(sock);
  let banner = '';
  client?.on('banner', (text: string) => {
    banner += text;
  });
  const cancel = (): void => void sock.destroy();
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    await connecting;
  } catch (error) {
    sock.destroy();
    if (options.signal?.aborted) throw interrupted(target.address);
    if (refusal !== null) throw refusal;
    const isRefused = (error as SshError).level === 'client-authentication';
    const certificates = isRefused ? await unusedCertificates(options) : [];
    throw handshakeFault(error as SshError, target, { options, timeoutMs, heard: heard(), banner, certificates });
  } finally {
    options.signal?.removeEventListener('abort', cancel);
  }
  heard();
  client?.setNoDelay(true);
  if (accepted) await remember(file, name, accepted);
  return wire!;
}

/** Known types first: a server that has several keys then shows one we can compare. */
function hostKeyOrder(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...HOST_KEYS.filter(isKnown), ...HOST_KEYS.filter((algorithm) => !isKnown(algorithm))];
}
