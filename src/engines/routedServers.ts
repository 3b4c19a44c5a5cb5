import type { ServerRole } from '../deployment/deployment.ts';
import type { Topology } from '../topology/topology.ts';
import type { InstanceEntry } from './router.ts';

/** Every API server of every instance: what a router sends requests to. Headless ranks are behind one of them. */
export function routedServers(
  { instances, nodes }: Topology,
  because: Readonly<Record<ServerRole, string>>,
): readonly InstanceEntry[] {
  return instances.map(({ role, master, nodes: names }) => ({
    master,
    role,
    servers: nodes.flatMap((node) =>
      node.role === 'proxy' || !names.includes(node.name)
        ? []
        : Array.from({ length: node.numServers }, (_, i) => `${node.host}:${node.baseApiPort + i}`),
    ),
    because: because[role],
  }));
}
