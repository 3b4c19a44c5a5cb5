import type { NodeName, TopologyHost } from '../../topology/topology.ts';
import type { ClusterView } from '../cluster/clusterView.ts';

export interface HostStatus {
  readonly host: string;
  readonly nodes: readonly NodeName[];
  readonly state: 'up' | 'docker-down' | 'unreachable';
  /** What is wrong with it; empty: nothing. */
  readonly reason: string;
}

export function hostStatus({ address, nodes }: TopologyHost, { facts }: ClusterView): HostStatus {
  const found = facts[address];
  const at = { host: address, nodes };
  if (!found) return { ...at, state: 'unreachable', reason: 'no facts of this host' };
  if (!found.reachable) return { ...at, state: 'unreachable', reason: found.reason };
  if (found.docker.state === 'up') return { ...at, state: 'up', reason: '' };
  return {
    ...at,
    state: 'docker-down',
    reason: `docker is ${found.docker.state}${found.docker.reason === null ? '' : `: ${found.docker.reason}`}`,
  };
}
