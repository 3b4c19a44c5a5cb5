import { createHash } from 'node:crypto';
import { type ConnectOptions, NoShell, TransportError, UnknownHostKey, UnusableKey } from './host.ts';

/** Characters quoted of what a login printed. */
const MAX_QUOTED = 120;

/** Where a connection goes, for messages. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly user: string;
}

export function targetOf(options: ConnectOptions): Target {
  return { address: options.address, port: options.login.port, user: options.login.user };
}

export function unreachable(target: Target, why: string, cause?: unknown): TransportError {
  return new TransportError(
    'unreachable',
    target.address,
    `can't reach ${place(target)}: ${why}`,
    `is the machine up and its SSH server on port ${target.port}? try: ssh -p ${target.port} ${target.user}@${target.address}`,
    { cause },
  );
}

/** It answers, and speaks SSH; the two don't get as far as a login. */
export function handshakeFailed(target: Target, why: string, hint: string, cause?: unknown): TransportError {
  const message = `can't agree with the SSH server of ${place(target)}: ${why}`;
  return new TransportError('handshake', target.address, message, hint, { cause });
}

/** The key is at fault, not the host. */
export function badKey(target: Target, file: string, why: string, hint: string, cause?: unknown): UnusableKey {
  return new UnusableKey(target.address, `can't log in to ${place(target)}: private key ${file} ${why}`, hint, {
    cause,
  });
}

export function authFailed(target: Target, why: string, hint: string, cause?: unknown): TransportError {
  return new TransportError('auth', target.address, `can't log in to ${place(target)}: ${why}`, hint, { cause });
}

export interface ShownHostKey {
  /** What the host is called in known_hosts. */
  readonly name: string;
  readonly key: Buffer;
  /** known_hosts */
  readonly file: string;
  /** The line of an authority that signs certificates of this host; null: none. */
  readonly authority: number | null;
}

export function hostKeyUnknown(target: Target, { name, key, file, authority }: ShownHostKey): UnknownHostKey {
  const unused =
    authority === null
      ? ''
      : `; ${file}:${authority} names an authority for its certificate, which omniplace can't check (docs/keys.md)`;
  return new UnknownHostKey(
    target.address,
    `${place(target)} is not in ${file}; it shows the ${keyType(key)} key ${fingerprint(key)}${unused}`,
    `compare that fingerprint with the host's own, then: ssh-keyscan -p ${target.port} ${target.address} >> ${file}` +
      `, or set services.ssh.host_keys: accept-new (name looked for: ${name})`,
    name,
    key,
  );
}

export function hostKeyChanged(target: Target, known: string, key: Buffer): TransportError {
  return new TransportError(
    'host-key-changed',
    target.address,
    `${place(target)} shows another key than the one known: ${keyType(key)} ${fingerprint(key)}, but ${known} says otherwise`,
    `somebody may be in between; if the host was really set up anew, delete that line (${known}) and add the new key`,
  );
}

export function hostKeyRevoked(target: Target, known: string, key: Buffer): TransportError {
  return new TransportError(
    'host-key-revoked',
    target.address,
    `${place(target)} shows a revoked key: ${keyType(key)} ${fingerprint(key)}, revoked by ${known}`,
    'give the host a new key; a revoked one is never accepted',
  );
}

export function lost(target: Target, why: string, cause?: unknown): TransportError {
  return new TransportError(
    'lost',
    target.address,
    `lost the connection to ${place(target)}: ${why}`,
    'what was running there was ended by its watchdog; run the same command again',
    { cause },
  );
}

export function refusedChannel(target: Target, why: string, cause?: unknown): TransportError {
  return new TransportError(
    'refused-channel',
    target.address,
    `${place(target)} refuses another channel: ${why}`,
    'look at MaxSessions and AllowTcpForwarding in its sshd_config',
    { cause },
  );
}

/** The login worked, and something else ran instead of the command. */
export function noShell(target: Target, code: number, printed: string): NoShell {
  const line =
    printable(printed)
      .split('\n')
      .map((one) => one.trim())
      .find((one) => one !== '') ?? '';
  const words = line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}...` : line;
  return new NoShell(
    target.address,
    `${place(target)} does not run commands: it printed ${words === '' ? 'nothing' : `"${words}"`} and ended with exit code ${code}`,
    `the account needs a login shell that runs commands, and no forced command; try: ssh -p ${target.port} ${target.user}@${target.address} echo ok`,
    words === '' ? (errors) => noShell(target, code, errors) : null,
  );
}

export function nobodyListens(target: Target, port: number, cause?: unknown): TransportError {
  return new TransportError(
    'refused-channel',
    target.address,
    `nothing accepts connections on port ${port} of ${target.address}`,
    null,
    { cause },
  );
}

export function interrupted(address: string): TransportError {
  return new TransportError('interrupted', address, `interrupted before ${address} was reached`, null);
}

/** As ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** A public key's blob begins with the length and name of its type. */
export function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** Without control characters and bytes that are not text. */
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffd]+/g, ' ');
}

function place(target: Target): string {
  return `${target.address} port ${target.port} as ${target.user}`;
}
