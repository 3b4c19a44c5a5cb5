import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { LoadBalancing } from '../vllmSettings.ts';
import { loadBalancer } from './loadBalancer.ts';
import { parallelSizes } from './parallelSizes.ts';

/** What a host has of its instance. */
export interface ServerPlace {
  readonly mode: LoadBalancing;
  readonly numHosts: number;
  /** Its one rank reaches over all hosts of the instance. */
  readonly spansHosts: boolean;
  /** Data-parallel ranks of the host. */
  readonly localRanks: number;
  /** The first of them in the instance. */
  readonly startRank: number;
  readonly devicesPerRank: number;
}

export function serverPlace(node: ServerNode, topology: Topology): ServerPlace {
  const { group } = topology.instances[node.instance]!;
  const sizes = parallelSizes(group);
  return {
    mode: loadBalancer(group, sizes).mode.value,
    numHosts: group.hosts.length,
    spansHosts: sizes.spansHosts,
    localRanks: sizes.ranksOf[node.nodeRank]!,
    startRank: sizes.ranksOf.slice(0, node.nodeRank).reduce((sum, ranks) => sum + ranks, 0),
    devicesPerRank: sizes.tensor.value * sizes.pipeline.value,
  };
}
