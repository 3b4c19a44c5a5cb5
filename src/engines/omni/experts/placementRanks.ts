import type { RoleSettings } from '../../../deployment/deployment.ts';
import { isMap } from '../../../files/maps.ts';
import type { Instance } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';

/** Ranks that hold routed experts: those of redundant shared experts stand apart. */
export function placementRanks({ numRanks }: Instance, settings: RoleSettings): number {
  const parallel = omniRoleSettings(settings).extraConfig.model_parallel_config;
  const shared = isMap(parallel) ? parallel.redundancy_shared_expert_num : 0;
  return numRanks - (typeof shared === 'number' ? shared : 0);
}
