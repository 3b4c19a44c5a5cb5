import type { Deployment } from '../deployment/deployment.ts';
import { credentialsOf } from '../deployment/secretName.ts';
import type { Topology } from '../topology/topology.ts';

/** The variables of `http_proxy` for a container; with a password in them they come on standard input, not as arguments. */
export function httpProxyVariables(
  { httpProxy }: Deployment,
  topology: Topology,
): { readonly env: Readonly<Record<string, string>>; readonly input: string } {
  if (httpProxy === null) return { env: {}, input: '' };
  // requests between the cluster's own hosts must not go through it
  const direct = ['localhost', '127.0.0.1', ...topology.hosts.map((host) => host.address)].join(',');
  const env = { http_proxy: httpProxy, https_proxy: httpProxy, no_proxy: direct };
  if (credentialsOf(httpProxy) === null) return { env, input: '' };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  return { env: {}, input: lines.join('') };
}
