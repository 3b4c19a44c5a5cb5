import { stat } from 'node:fs/promises';
import type { Deployment } from '../../deployment/deployment.ts';
import { NotUtf8Error, readAsciiText } from '../../files/readText.ts';
import { quoteWord } from '../../shell/quote.ts';
import { UnusableKey } from '../../transport/host.ts';
import { BadKeyForm, refuseOtherForm } from '../../transport/privateKey.ts';
import { type Attempt, type KeyHost, type ReadSecret, tryKey } from './logins.ts';

/** Whether the key is good could not be seen: the way to the login, or what comes after it, is at fault. */
type NotReached = 'unreachable' | 'handshake' | 'no-commands';

/** What `keys check` found of a host. */
export interface KeyCheck {
  readonly host: string;
  readonly user: string;
  readonly port: number;
  /** Local path of the private key. */
  readonly key: string;
  /** ok: logged in with it; the others say why not. */
  readonly state: 'ok' | 'no-key' | 'open-key' | 'bad-key' | 'host-key' | 'refused' | NotReached;
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
      ...((await keyFileFault(host.key)) ?? keyState(await tryKey(host, deployment, read, signal))),
    })),
  );
}

export function isNotReached(state: KeyCheck['state']): boolean {
  return state === 'unreachable' || state === 'handshake' || state === 'no-commands';
}

type Verdict = Pick<KeyCheck, 'state' | 'message' | 'hint'>;

/** What is wrong with a key before any host is asked; null: nothing. */
export async function keyFileFault(key: string): Promise<Verdict | null> {
  const found = await stat(key).catch(() => null);
  if (found === null) return { state: 'no-key', message: `there is no ${key}`, hint: 'omniplace keys setup makes it' };
  if ((found.mode & 0o077) === 0) return null;
  const form = await formFault(key);
  if (form !== null) return form;
  const mode = `0${(found.mode & 0o777).toString(8)}`;
  return {
    state: 'open-key',
    message: `${key} has mode ${mode}: others may read it, and ssh refuses it`,
    hint: `chmod 600 ${quoteWord(key)}`,
  };
}

/** A file in another form is not made a key by its mode. */
async function formFault(key: string): Promise<Verdict | null> {
  try {
    refuseOtherForm(await readAsciiText(key), key);
    return null;
  } catch (error) {
    if (!(error instanceof BadKeyForm || error instanceof NotUtf8Error)) return null;
    const what = error instanceof BadKeyForm ? error.what : `is ${error.what}`;
    return { state: 'bad-key', message: `${key} ${what}`, hint: error.hint };
  }
}

export function keyState(attempt: Attempt): Verdict {
  if (attempt.kind === 'in') return { state: 'ok', message: 'logged in with the key alone', hint: null };
  const { code, message, hint } = attempt.error;
  if (attempt.kind === 'refused')
    return { state: 'refused', message, hint: 'omniplace keys setup brings the key to the host' };
  if (attempt.error instanceof UnusableKey) return { state: 'bad-key', message, hint };
  if (code === 'no-shell') return { state: 'no-commands', message, hint };
  if (code === 'handshake') return { state: 'handshake', message, hint };
  return { state: code.startsWith('host-key') ? 'host-key' : 'unreachable', message, hint };
}
