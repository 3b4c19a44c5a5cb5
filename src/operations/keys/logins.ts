import type { Deployment, Login } from '../../deployment/deployment.ts';
import type { SecretSource } from '../../deployment/secret.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { type ConnectOptions, TransportError, UnknownHostKey, UnusableKey } from '../../transport/host.ts';
import { createPool } from '../../transport/pool.ts';

/** For a command that does nothing, or adds one line to a file, with all that a login shell runs before it. */
const DEADLINE_MS = 30_000;

/** Who logs in where. */
export interface KeyHost {
  readonly address: string;
  readonly login: Login;
  /** Absolute local path of the key to log in with. */
  readonly key: string;
}

/** Every host of a deployment; one whose login names no key gets `otherwise`. */
export function keyHosts(deployment: Deployment, otherwise: string): readonly KeyHost[] {
  return topologyOf(deployment).hosts.map(({ address, login }) => ({
    address,
    login,
    key: login.privateKey ?? otherwise,
  }));
}

export type ReadSecret = (source: SecretSource) => Promise<string>;

/** How an attempt to log in ended. */
export type Attempt =
  | { readonly kind: 'in' }
  | { readonly kind: 'unknown-key'; readonly error: UnknownHostKey }
  | { readonly kind: 'refused' | 'other'; readonly error: TransportError };

/** Logs in with the key alone and runs `true`: nothing else proves that a key works. */
export async function tryKey(
  host: KeyHost,
  deployment: Deployment,
  read: ReadSecret,
  signal: AbortSignal,
): Promise<Attempt> {
  const passphrase = host.login.passphrase === null ? null : await read(host.login.passphrase);
  const login: Login = { ...host.login, privateKey: host.key, agent: false };
  return attempt({ ...optionsOf(host, deployment, signal), login, passphrase }, 'true');
}

/** Logs in with a password alone and runs `script`, as the user who logs in. */
export function tryPassword(
  host: KeyHost,
  deployment: Deployment,
  password: string,
  script: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const login: Login = { ...host.login, privateKey: null, agent: false };
  return attempt({ ...optionsOf(host, deployment, signal), login, password }, script);
}

function optionsOf(host: KeyHost, deployment: Deployment, signal: AbortSignal): ConnectOptions {
  return {
    address: host.address,
    login: host.login,
    // keys are looked at by a person first; and a key is its user's, not root's
    ssh: { ...deployment.ssh, hostKeys: 'strict', become: null },
    password: null,
    passphrase: null,
    signal,
  };
}

async function attempt(options: ConnectOptions, script: string): Promise<Attempt> {
  const pool = createPool(() => options);
  try {
    const host = await pool.open(options.address, options.signal);
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const result = await host.run(script, { deadlineMs: DEADLINE_MS, ...signal });
    if (result.code === 0) return { kind: 'in' };
    const words = result.stderr.trim().split('\n').at(-1) ?? '';
    const end =
      result.ended === 'deadline'
        ? `did not end within ${DEADLINE_MS / 1000} s`
        : `ended with exit code ${result.code}: ${words}`;
    const message = `logged in to ${options.address}, but its shell ${end}`;
    return { kind: 'other', error: new TransportError('lost', options.address, message, null) };
  } catch (error) {
    if (error instanceof UnknownHostKey) return { kind: 'unknown-key', error };
    if (error instanceof UnusableKey) return { kind: 'other', error };
    if (error instanceof TransportError) return { kind: error.code === 'auth' ? 'refused' : 'other', error };
    throw error;
  } finally {
    await pool.closeAll();
  }
}
