import type { Instance } from '../../topology/topology.ts';
import { isMap } from './mergeJson.ts';

/** Ranks that hold routed experts: those of redundant shared experts stand apart. */
export function placementRanks({ group, numRanks }: Instance): number {
  const parallel = group.settings.extraConfig.model_parallel_config;
  const shared = isMap(parallel) ? parallel.redundancy_shared_expert_num : 0;
  return numRanks - (typeof shared === 'number' ? shared : 0);
}
