import { createHash } from 'node:crypto';
import { type ConnectOptions, NoShell, TransportError, UnknownHostKey, UnusableKey } from './host.ts';
import { firstLineOf } from './hostWords.ts';

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

/** Something listens there that is not an SSH server. */
export function notSsh(target: Target, line: string, cause?: unknown): TransportError {
  const answer = line === '' ? 'bytes that are not text' : `"${line}"`;
  return new TransportError(
    'handshake',
    target.address,
    `can't log in to ${place(target)}: it is not an SSH server: it answered ${answer}`,
    `set ssh_port of this host to the port of its SSH server; ${target.port} is another program's`,
    { cause },
  );
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

/** The login worked, and something else ran instead of the command. `code` null: it did not end either. */
export function noShell(
  target: Target,
  code: number | null,
  printed: string,
  loginShell: string | null = null,
): NoShell {
  const words = firstLineOf(printed);
  const subject = loginShell === null ? 'it' : `its login shell ${loginShell}`;
  const end = code === null ? 'did not end' : `ended with exit code ${code}`;
  return new NoShell(
    target.address,
    `${place(target)} does not run commands: ${subject} printed ${words === '' ? 'nothing' : `"${words}"`} and ${end}`,
    `the account needs a login shell that runs commands, and no forced command; try: ssh -p ${target.port} ${target.user}@${target.address} echo ok`,
    words === '' ? (errors) => noShell(target, code, errors, loginShell) : null,
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

function place(target: Target): string {
  return `${target.address} port ${target.port} as ${target.user}`;
}
