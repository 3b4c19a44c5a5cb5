import type { JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { mergeJson } from '../../mergeJson.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { kvRole } from './connectors.ts';
import { kvPorts } from './kvPorts.ts';

/** LMCache gives chunks of the cache names by their hash: prefill and decode must hash alike. */
const HASH_SEED = '0';

/** JSON of --kv-transfer-config; null: a mixed server hands nothing over. */
export function kvTransferConfig({ role, settings }: ServerNode): JsonObject | null {
  if (role === 'mixed') return null;
  const { kvConnector, kvTransferConfig: written } = vllmRoleSettings(settings);
  const kv = { kv_connector: kvConnector, kv_role: kvRole(role) };
  if (kvConnector === 'NixlConnector') return mergeJson({ ...kv, kv_load_failure_policy: 'fail' }, written);
  if (kvConnector !== 'LMCacheConnectorV1') return mergeJson(kv, written);
  const port = role === 'prefill' ? 'producer1' : 'consumer1';
  const extra = { discard_partial_chunks: false, lmcache_rpc_port: port };
  return mergeJson({ ...kv, kv_connector_extra_config: extra }, written);
}

/** Variables by which connectors find their peers. @param lmcacheFile on the host */
export function kvEnv(node: ServerNode, topology: Topology, lmcacheFile: string): Readonly<Record<string, string>> {
  if (node.role === 'mixed') return {};
  const ports = kvPorts(node, topology);
  switch (vllmRoleSettings(node.settings).kvConnector) {
    case 'MooncakeConnector':
      return bootstrapEnv(node, topology);
    case 'LMCacheConnectorV1':
      return { LMCACHE_CONFIG_FILE: lmcacheFile, PYTHONHASHSEED: HASH_SEED };
    default:
      // a rank that has no server is asked too
      return {
        VLLM_NIXL_SIDE_CHANNEL_HOST: node.host,
        ...(ports === null ? {} : { VLLM_NIXL_SIDE_CHANNEL_PORT: String(ports.base) }),
      };
  }
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
