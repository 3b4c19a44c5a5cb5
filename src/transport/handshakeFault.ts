import { quoteWord } from '../shell/quote.ts';
import { triedMethods } from './credentials.ts';
import { authFailed, badKey, handshakeFailed, notSsh, type Target, unreachable } from './errors.ts';
import type { ConnectOptions, TransportError } from './host.ts';
import { asOneLine } from './hostWords.ts';
import type { Heard, Offer } from './serverOffer.ts';
import { SUPPORTED } from './ssh2.ts';

/** What the SSH library throws: `level` is the layer that gave up. */
export type SshError = Error & { level?: string; code?: string };

export interface Handshake {
  readonly options: ConnectOptions;
  readonly timeoutMs: number;
  readonly heard: Heard;
  /** What the server printed before it asked for a login. */
  readonly banner: string;
  /** Files and agents with a certificate that OpenSSH would have used. */
  readonly certificates: readonly string[];
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
/** What OpenSSH answers while it has too many connections, or too many from one address; another try may get in. */
const BUSY = /MaxStartups|Not allowed at this time/i;
const CERTIFICATE = /-cert-v0\d(@|$)/;

/** Why a handshake failed, in words for the person who can fix it. */
export function handshakeFault(error: SshError, target: Target, handshake: Handshake): Error {
  const { options, timeoutMs, heard } = handshake;
  if (error.level === 'client-authentication') return refusedLogin(error, target, handshake);
  if (error.level === 'agent') {
    return authFailed(target, `the SSH agent does not answer (${error.message})`, 'is SSH_AUTH_SOCK right?', error);
  }
  if (error.message.startsWith('Cannot parse privateKey')) {
    const file = options.login.privateKey ?? '';
    const isLocked = /passphrase|ncrypted/.test(error.message);
    const why = error.message.replace(/^Cannot parse privateKey: /, '');
    return isLocked
      ? badKey(target, file, `has a passphrase (${why})`, 'set passphrase of this host', error)
      : badKey(target, file, `can't be read (${why})`, `convert it: ssh-keygen -p -m PEM -f ${quoteWord(file)}`, error);
  }
  const otherGreeting = greetingFault(heard, target, error);
  if (otherGreeting !== null) return otherGreeting;
  if (error.message === 'Connection lost before handshake' || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new NotGreeted('', { cause: error });
  }
  if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT') {
    const seconds = `${Math.round(timeoutMs / 100) / 10} s`;
    return unreachable(target, `connected, but the SSH server said nothing for ${seconds}`, error);
  }
  // an error of the library about what the server sent
  if (error.level === undefined && error.code === undefined && heard.bytes > 0)
    return disagreement(error, target, null);
  // no message of the SSH protocol: something on the way
  if (error.level === undefined || error.level === 'client-socket') return unreachable(target, error.message, error);
  return disagreement(error, target, heard.offer);
}

function refusedLogin(error: SshError, target: Target, { options, banner, certificates }: Handshake): TransportError {
  const words = asOneLine(banner);
  const printed = words === '' ? '' : `; the host printed "${words}"`;
  const unused = certificates
    .map((certificate) => `; ${certificate} was not, since omniplace can't use certificates (docs/keys.md)`)
    .join('');
  return authFailed(
    target,
    `the host accepts none of what was tried: ${triedMethods(options).join(', ')}${unused}${printed}`,
    `check user, key and password of this host; try: ssh -p ${target.port} ${target.user}@${target.address}`,
    error,
  );
}

/** Where what greeted us does not speak SSH 2: its own words. */
function greetingFault({ line, bytes }: Heard, target: Target, error: SshError): Error | null {
  if (bytes === 0) return null;
  if (BUSY.test(line)) return new NotGreeted(line, { cause: error });
  const [, version] = /^SSH-([^-]*)/.exec(line) ?? [];
  if (version === undefined) return notSsh(target, line, error);
  if (version === '2.0' || version === '1.99') return null;
  return handshakeFailed(
    target,
    `it speaks SSH ${version} only ("${line}"), and omniplace SSH 2`,
    'switch SSH 2 on there (Cisco: `ip ssh version 2`), or set ssh_port of this host to another SSH server',
    error,
  );
}

function disagreement(error: SshError, target: Target, offer: Offer | null): TransportError {
  const [, list, key] = DISAGREEMENTS.find(([words]) => words.test(error.message)) ?? [];
  if (list === undefined || offer === null) {
    return handshakeFailed(target, error.message.replace(/^Handshake failed: /, ''), 'its sshd may log why', error);
  }
  const kind = list.replace(' back', '') as keyof typeof SUPPORTED;
  const offered = offer[list];
  const areCertificates = kind === 'host key' && offered.every((name) => CERTIFICATE.test(name));
  return handshakeFailed(
    target,
    areCertificates
      ? `it shows only certificates as host key (${offered.join(', ')}), which omniplace can't check (docs/keys.md)`
      : `it offers only ${offered.join(', ')} as ${kind}, and omniplace's SSH library has none of them`,
    `allow another in ${key} of its sshd_config (\`sshd -T\` there shows what is set); omniplace has ${SUPPORTED[kind].join(', ')}`,
    error,
  );
}

/** The server hung up before its greeting, or is too busy for one: the sign of MaxStartups. Its words are the message. */
export class NotGreeted extends Error {}
