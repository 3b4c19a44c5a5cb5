import type { ServerRole } from '../../deployment/deployment.ts';
import type { NodeName } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';

/** What requests go through, in their order; a cluster has the proxy, prefill and decode, or mixed servers. */
export const SERVING_ROLES = ['proxy', 'prefill', 'decode', 'mixed'] as const;

export type ServingRole = ServerRole | 'proxy';

/** Nodes that serve a role together: the proxy, or an instance, its master first. */
export function unitsOf(role: ServingRole, { topology }: ClusterView): readonly (readonly NodeName[])[] {
  if (role === 'proxy') return topology.nodes.filter((node) => node.role === 'proxy').map(({ name }) => [name]);
  return topology.instances.filter((instance) => instance.role === role).map(({ nodes }) => nodes);
}

/** Whether processes of a node's server were found. */
export function nodeRuns(name: NodeName, { desired, facts }: ClusterView): boolean {
  const node = desired.nodes[name];
  const host = node && facts[node.host];
  return host?.reachable === true && host.processes.some((process) => process.node === node?.server.identity);
}

/** It runs, and was seen to be ready since it was started. */
export function isReady(name: NodeName, { desired, facts }: ClusterView): boolean {
  const node = desired.nodes[name];
  const host = node && facts[node.host];
  if (!host?.reachable || !node) return false;
  const ready = host.texts[node.paths.ready]?.trim();
  return host.processes.some(({ node: of, generation }) => of === node.server.identity && generation === ready);
}
