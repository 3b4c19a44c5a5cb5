import { existsSync } from 'node:fs';
import { triedMethods } from './credentials.ts';
import { authFailed, badKey, handshakeFailed, type Target, unreachable } from './errors.ts';
import type { ConnectOptions } from './host.ts';
import type { Offer } from './serverOffer.ts';

/** What the SSH library throws: `level` is the layer that gave up. */
export type SshError = Error & { level?: string; code?: string };

export interface Handshake {
  readonly options: ConnectOptions;
  readonly timeoutMs: number;
  /** Null: the server did not get so far. */
  readonly offer: Offer | null;
}

/** What the library can't agree on, by its words, and where the server's list of it is. */
const DISAGREEMENTS: readonly (readonly [RegExp, keyof Offer, string])[] = [
  [/no matching key exchange/, 'key exchange', 'KexAlgorithms'],
  [/no matching host key/, 'host key', 'HostKeyAlgorithms'],
  [/no matching C->S cipher/, 'cipher', 'Ciphers'],
  [/no matching S->C cipher/, 'cipher back', 'Ciphers'],
  [/no matching C->S MAC/, 'MAC', 'MACs'],
  [/no matching S->C MAC/, 'MAC back', 'MACs'],
];

/** Why a handshake failed, in words for the person who can fix it. */
export function handshakeFault(error: SshError, target: Target, { options, timeoutMs, offer }: Handshake): Error {
  const seconds = `${Math.round(timeoutMs / 100) / 10} s`;
  if (error.level === 'client-authentication') {
    const tried = triedMethods(options);
    return authFailed(
      target,
      `the host accepts none of what was tried: ${tried.join(', ')}${unusedCertificate(options)}`,
      `check user, key and password of this host; try: ssh -p ${target.port} ${target.user}@${target.address}`,
      error,
    );
  }
  if (error.level === 'agent') {
    return authFailed(target, `the SSH agent does not answer (${error.message})`, 'is SSH_AUTH_SOCK right?', error);
  }
  if (error.message.startsWith('Cannot parse privateKey')) {
    const file = options.login.privateKey ?? '';
    const isLocked = /passphrase|ncrypted/.test(error.message);
    const why = error.message.replace(/^Cannot parse privateKey: /, '');
    return isLocked
      ? badKey(target, file, `has a passphrase (${why})`, 'set passphrase of this host', error)
      : badKey(target, file, `can't be read (${why})`, `convert it: ssh-keygen -p -m PEM -f ${file}`, error);
  }
  if (error.message === 'Connection lost before handshake' || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new NotGreeted('', { cause: error });
  }
  if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT') {
    return unreachable(target, `connected, but the SSH server said nothing for ${seconds}`, error);
  }
  // no message of the SSH protocol: something on the way
  if (error.level === undefined || error.level === 'client-socket') return unreachable(target, error.message, error);
  const [, list, key] = DISAGREEMENTS.find(([words]) => words.test(error.message)) ?? [];
  if (list === undefined || offer === null) {
    return handshakeFailed(target, error.message.replace(/^Handshake failed: /, ''), 'its sshd may log why', error);
  }
  return handshakeFailed(
    target,
    `it offers only ${offer[list].join(', ')} as ${list.replace(' back', '')}, and omniplace's SSH library has none of them`,
    `allow another in ${key} of its sshd_config (\`sshd -T\` there shows what is set)`,
    error,
  );
}

/** A certificate next to the key, which OpenSSH would have used. */
function unusedCertificate({ login }: ConnectOptions): string {
  const certificate = `${login.privateKey}-cert.pub`;
  if (login.privateKey === null || !existsSync(certificate)) return '';
  return `; the certificate ${certificate} was not, since omniplace can't use certificates (docs/keys.md)`;
}

/** The server hung up before its greeting: the sign of MaxStartups. */
export class NotGreeted extends Error {}
