import type { RoleSettings } from '../../../deployment/deployment.ts';
import { isMap } from '../../../files/maps.ts';
import type { Instance } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';

/** Ranks that hold routed experts: those of redundant shared experts are apart. */
export function placementRanks({ numRanks }: Instance, settings: RoleSettings): number {
  return numRanks - sharedRanks(settings);
}

/** The first ranks of an instance, which hold redundant shared experts only. */
export function sharedRanks(settings: RoleSettings): number {
  const parallel = omniRoleSettings(settings).extraConfig.model_parallel_config;
  const shared = isMap(parallel) ? parallel.redundancy_shared_expert_num : 0;
  return typeof shared === 'number' ? shared : 0;
}
