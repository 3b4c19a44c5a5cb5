import type { JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { mergeJson } from '../../mergeJson.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { OFFLOAD_CONNECTOR } from './connectors.ts';

/** LMCache's own defaults, written so that they can be seen. */
const CHUNK_TOKENS = 256;
const HOST_MEMORY_GB = 5; // of each rank

/** What LMCACHE_CONFIG_FILE names: a server keeps caches in the memory of its host. */
export function lmcacheConfig({ settings }: ServerNode): JsonObject {
  return mergeJson(
    { chunk_size: CHUNK_TOKENS, local_cpu: true, max_local_cpu_size: HOST_MEMORY_GB },
    vllmRoleSettings(settings).lmcacheConfig,
  );
}

export function usesLmcache({ role, settings }: Pick<ServerNode, 'role' | 'settings'>): boolean {
  return role === 'mixed' && vllmRoleSettings(settings).kvConnector === OFFLOAD_CONNECTOR;
}
