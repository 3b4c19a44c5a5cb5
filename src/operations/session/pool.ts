import type { Deployment, Login } from '../../deployment/deployment.ts';
import type { SecretSource } from '../../deployment/secret.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { createPool, type Pool } from '../../transport/pool.ts';
import { secretReader } from './secrets.ts';

export interface PoolSettings {
  /** Lower than the deployment's where somebody waits for the answer. */
  readonly connectTimeoutMs?: number;
}

/** The way to every host of a deployment. Secrets are read when the first host that needs them is opened, each source once. */
export function poolOf(deployment: Deployment, settings: PoolSettings = {}): Pool {
  const logins = new Map(topologyOf(deployment).hosts.map((host) => [host.address, host.login]));
  const secret = secretReader();
  const read = (source: SecretSource | null) => (source === null ? null : secret(source));
  const connectTimeoutMs = Math.min(
    settings.connectTimeoutMs ?? Number.POSITIVE_INFINITY,
    deployment.ssh.connectTimeoutMs,
  );
  return createPool(async (address) => {
    const login = loginOf(logins, address);
    const [password, passphrase] = await Promise.all([read(login.password), read(login.passphrase)]);
    return { address, login, ssh: { ...deployment.ssh, connectTimeoutMs }, password, passphrase };
  });
}

function loginOf(logins: ReadonlyMap<string, Login>, address: string): Login {
  // one that the deployment no longer has is reached as its first host
  const login = logins.get(address) ?? [...logins.values()][0];
  if (!login) throw new Error('the deployment has no host');
  return login;
}
