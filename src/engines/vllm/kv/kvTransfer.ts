import type { JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { mergeJson } from '../../mergeJson.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { kvRole } from './connectors.ts';
import { kvPorts } from './kvPorts.ts';
import { usesLmcache } from './lmcacheFile.ts';

/** LMCache gives chunks of the cache names by their hash: the processes of a server must hash alike. */
const HASH_SEED = '0';

/** JSON of --kv-transfer-config; null: a mixed server without a connector. */
export function kvTransferConfig(node: ServerNode): JsonObject | null {
  const { role, settings } = node;
  const { kvConnector, kvTransferConfig: written } = vllmRoleSettings(settings);
  if (usesLmcache(node)) return mergeJson({ kv_connector: kvConnector, kv_role: 'kv_both' }, written);
  if (role === 'mixed') return null;
  const kv = { kv_connector: kvConnector, kv_role: kvRole(role) };
  return mergeJson(kvConnector === 'NixlConnector' ? { ...kv, kv_load_failure_policy: 'fail' } : kv, written);
}

/** Variables by which connectors find their peers, or their file. @param lmcacheFile on the host */
export function kvEnv(node: ServerNode, topology: Topology, lmcacheFile: string): Readonly<Record<string, string>> {
  if (usesLmcache(node)) return { LMCACHE_CONFIG_FILE: lmcacheFile, PYTHONHASHSEED: HASH_SEED };
  if (node.role === 'mixed') return {};
  if (vllmRoleSettings(node.settings).kvConnector === 'MooncakeConnector') return bootstrapEnv(node, topology);
  const ports = kvPorts(node, topology);
  // a rank that has no server is asked too
  return {
    VLLM_NIXL_SIDE_CHANNEL_HOST: node.host,
    ...(ports === null ? {} : { VLLM_NIXL_SIDE_CHANNEL_PORT: String(ports.base) }),
  };
}

/** A headless prefill node has no bootstrap: its workers register at that of the instance's first node. */
function bootstrapEnv(node: ServerNode, topology: Topology): Readonly<Record<string, string>> {
  const { master } = topology.instances[node.instance]!;
  const first = topology.nodes.find(({ name }) => name === master);
  const ports =
    kvPorts(node, topology) ??
    (node.role === 'prefill' && first !== undefined && first.role !== 'proxy' ? kvPorts(first, topology) : null);
  return ports === null ? {} : { VLLM_MOONCAKE_BOOTSTRAP_PORT: String(ports.base) };
}
