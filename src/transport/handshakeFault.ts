import { triedMethods } from './credentials.ts';
import { authFailed, type Target, unreachable } from './errors.ts';
import type { ConnectOptions } from './host.ts';

/** What the SSH library throws: `level` is the layer that gave up. */
export type SshError = Error & { level?: string; code?: string };

/** Why a handshake failed, in words for the person who can fix it. */
export function handshakeFault(error: SshError, target: Target, options: ConnectOptions, timeoutMs: number): Error {
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

/** The server hung up before its greeting: the sign of MaxStartups. */
export class NotGreeted extends Error {}
