import { stat } from 'node:fs/promises';
import type { Deployment } from '../../deployment/deployment.ts';
import { type Attempt, type KeyHost, type ReadSecret, tryKey } from './logins.ts';

/** What `keys check` found of a host. */
export interface KeyCheck {
  readonly host: string;
  readonly user: string;
  readonly port: number;
  /** Local path of the private key. */
  readonly key: string;
  /** ok: logged in with it; the others say why not. */
  readonly state: 'ok' | 'no-key' | 'open-key' | 'host-key' | 'refused' | 'unreachable';
  readonly message: string;
  readonly hint: string | null;
}

/** Logs in to every host with its key, side by side. Touches nothing. */
export function checkLogins(
  hosts: readonly KeyHost[],
  deployment: Deployment,
  read: ReadSecret,
  signal: AbortSignal,
): Promise<readonly KeyCheck[]> {
  return Promise.all(
    hosts.map(async (host) => ({
      host: host.address,
      user: host.login.user,
      port: host.login.port,
      key: host.key,
      ...((await localFault(host.key)) ?? keyState(await tryKey(host, deployment, read, signal))),
    })),
  );
}

type Verdict = Pick<KeyCheck, 'state' | 'message' | 'hint'>;

async function localFault(key: string): Promise<Verdict | null> {
  const found = await stat(key).catch(() => null);
  if (found === null) return { state: 'no-key', message: `there is no ${key}`, hint: 'omniplace keys setup makes it' };
  if ((found.mode & 0o077) === 0) return null;
  const mode = `0${(found.mode & 0o777).toString(8)}`;
  return {
    state: 'open-key',
    message: `${key} has mode ${mode}: others may read it, and ssh refuses it`,
    hint: `chmod 600 ${key}`,
  };
}

export function keyState(attempt: Attempt): Verdict {
  if (attempt.kind === 'in') return { state: 'ok', message: 'logged in with the key alone', hint: null };
  const { code, message, hint } = attempt.error;
  if (attempt.kind === 'refused')
    return { state: 'refused', message, hint: 'omniplace keys setup brings the key to the host' };
  return { state: code.startsWith('host-key') ? 'host-key' : 'unreachable', message, hint };
}
