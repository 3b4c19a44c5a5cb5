import authorizeKey from '../../../templates/authorize_key.sh';
import type { Deployment } from '../../deployment/deployment.ts';
import { quote } from '../../shell/quote.ts';
import { fingerprint, keyType } from '../../transport/errors.ts';
import { remember } from '../../transport/knownHosts.ts';
import { type KeyCheck, keyState } from './check.ts';
import { type KeyPair, keyPairAt } from './keyPair.ts';
import { type Attempt, type KeyHost, type ReadSecret, tryKey, tryPassword } from './logins.ts';

/** A host key nobody has accepted yet. */
export interface ShownKey {
  /** As known_hosts names the host. */
  readonly knownAs: string;
  readonly type: string;
  /** `SHA256:...`, as the host's own `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** What a person at the terminal is asked. */
export interface Answers {
  /** False: nothing may be written or touched. */
  accept(keys: readonly ShownKey[]): Promise<boolean>;
  /** One password for all these hosts. */
  password(hosts: readonly KeyHost[]): Promise<string>;
  readonly read: ReadSecret;
}

export interface HostSetup extends KeyCheck {
  /** Its key was written to known_hosts by this run. */
  readonly accepted: boolean;
  /** What was done: nothing, as the key worked already; or the public half was brought there. */
  readonly done: 'nothing' | 'installed' | 'failed';
}

export interface KeysSetup {
  readonly keys: readonly KeyPair[];
  readonly hosts: readonly HostSetup[];
}

/**
 * Brings every host to where its key logs in: host keys accepted, the public half installed by password, and then proven.
 * Null when the host keys were not accepted.
 */
export async function setupKeys(
  hosts: readonly KeyHost[],
  deployment: Deployment,
  answers: Answers,
  signal: AbortSignal,
): Promise<KeysSetup | null> {
  const pairs = new Map<string, KeyPair>();
  for (const { key, login } of hosts) {
    if (pairs.has(key)) continue;
    const passphrase = login.passphrase === null ? null : await answers.read(login.passphrase);
    pairs.set(key, await keyPairAt(key, `omniplace ${deployment.name}`, passphrase));
  }
  const known = await learnHostKeys(hosts, deployment, answers, signal);
  if (known === null) return null;
  const { attempts, accepted } = known;

  const refused = hosts.filter((host) => attempts.get(host)?.kind === 'refused');
  const passwords = await passwordsOf(refused, answers);
  const installed = new Map<KeyHost, Attempt>();
  await Promise.all(
    refused.map(async (host) => {
      const attempt = await tryPassword(
        host,
        deployment,
        passwords.get(host)!,
        authorizeScript(pairs.get(host.key)!),
        signal,
      );
      installed.set(host, attempt);
      if (attempt.kind === 'in') attempts.set(host, await tryKey(host, deployment, answers.read, signal));
    }),
  );
  return {
    keys: [...pairs.values()],
    hosts: hosts.map((host) => hostSetup(host, attempts.get(host)!, installed.get(host), accepted)),
  };
}

/** Logs in everywhere; hosts that are not known yet are shown, accepted and asked again, and so are jump hosts on the way. */
async function learnHostKeys(
  hosts: readonly KeyHost[],
  deployment: Deployment,
  answers: Answers,
  signal: AbortSignal,
): Promise<{ attempts: Map<KeyHost, Attempt>; accepted: ReadonlySet<string> } | null> {
  const attempts = new Map<KeyHost, Attempt>();
  const accepted = new Set<string>();
  for (let left = hosts; left.length > 0; ) {
    await Promise.all(
      left.map(async (host) => attempts.set(host, await tryKey(host, deployment, answers.read, signal))),
    );
    const unknown = left.filter((host) => attempts.get(host)?.kind === 'unknown-key');
    const shown = new Map(
      unknown.flatMap((host) => {
        const attempt = attempts.get(host)!;
        return attempt.kind === 'unknown-key' ? [[attempt.error.knownAs, attempt.error.key] as const] : [];
      }),
    );
    // a host that is still unknown after its key was written would be so for ever
    if (shown.size === 0 || [...shown.keys()].every((name) => accepted.has(name))) break;
    const keys = [...shown].map(([knownAs, key]) => ({ knownAs, type: keyType(key), fingerprint: fingerprint(key) }));
    if (!(await answers.accept(keys))) return null;
    for (const [name, key] of shown) {
      await remember(deployment.ssh.knownHosts, name, key);
      accepted.add(name);
    }
    left = unknown;
  }
  return { attempts, accepted };
}

export function authorizeScript({ publicLine }: Pick<KeyPair, 'publicLine'>): string {
  const [type = '', blob = ''] = publicLine.split(' ');
  return `set -- ${quote([publicLine])} ${quote([`${type} ${blob}`])}\n${authorizeKey}`;
}

/** Where the deployment says where the password comes from, from there; for all others it is asked for once. */
async function passwordsOf(hosts: readonly KeyHost[], answers: Answers): Promise<ReadonlyMap<KeyHost, string>> {
  const passwords = new Map<KeyHost, string>();
  for (const host of hosts)
    if (host.login.password !== null) passwords.set(host, await answers.read(host.login.password));
  const others = hosts.filter((host) => !passwords.has(host));
  const asked = others.length === 0 ? '' : await answers.password(others);
  for (const host of others) passwords.set(host, asked);
  return passwords;
}

function hostSetup(
  host: KeyHost,
  attempt: Attempt,
  installed: Attempt | undefined,
  accepted: ReadonlySet<string>,
): HostSetup {
  const knownAs = host.login.port === 22 ? host.address : `[${host.address}]:${host.login.port}`;
  const proven = keyState(attempt);
  const refused = installed !== undefined && installed.kind !== 'in' ? installed.error : null;
  return {
    host: host.address,
    user: host.login.user,
    port: host.login.port,
    key: host.key,
    ...proven,
    ...(refused === null
      ? {}
      : { message: refused.message, hint: 'is the password right, and does its sshd take passwords?' }),
    accepted: accepted.has(knownAs),
    done: proven.state !== 'ok' ? 'failed' : installed === undefined ? 'nothing' : 'installed',
  };
}
