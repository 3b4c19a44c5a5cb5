import { probeOrigins } from '../../facts/probeOrigins.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import type { Origins } from './types.ts';

/** Asks in the containers of all servers where their code is imported from, each host once. */
export async function askOrigins(
  open: OpenHost,
  { topology, deployment, engine }: ClusterView,
  signal: AbortSignal,
): Promise<Origins> {
  const argv = engine.codeOrigin?.(deployment);
  if (argv === undefined) return {};
  const servers = topology.nodes.filter(({ role }) => role !== 'proxy');
  const hosts = [...new Set(servers.map(({ host }) => host))];
  const asked = hosts.map(async (address): Promise<Origins> => {
    const nodes = servers.filter(({ host }) => host === address);
    try {
      const host = await open(address, signal);
      const containers = nodes.map(({ container }) => container);
      const found = await probeOrigins(host, containers, argv, signal);
      return Object.fromEntries(nodes.map(({ name, container }) => [name, found[container] ?? null]));
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return {};
    }
  });
  return Object.assign({}, ...(await Promise.all(asked)));
}
