import type { ServerRole } from '../../../deployment/deployment.ts';

/** The connectors that omniplace makes the settings of. */
export const CONNECTORS = ['NixlConnector', 'MooncakeConnector', 'LMCacheConnectorV1'] as const;

/** Names of connectors that vLLM had, or that its relatives have, with the one to use. */
export const RETIRED_CONNECTORS: ReadonlyMap<string, string> = new Map([
  ['P2pNcclConnector', 'NixlConnector'],
  ['PyNcclConnector', 'NixlConnector'],
  ['NixlConnectorV1', 'NixlConnector'],
  ['MooncakeConnectorV1', 'MooncakeConnector'],
  ['MooncakeLayerwiseConnector', 'MooncakeConnector'],
  ['LMCacheConnector', 'LMCacheConnectorV1'],
  ['SharedStorageConnector', 'LMCacheConnectorV1'],
  ['LLMDataDistCMgrConnector', 'NixlConnector'],
]);

/** As the router calls it; null: it can't lead requests through this one. */
export const ROUTER_CONNECTORS: Readonly<Record<string, string>> = {
  NixlConnector: 'nixl',
  MooncakeConnector: 'mooncake',
};

export function kvRole(role: ServerRole): 'kv_producer' | 'kv_consumer' {
  return role === 'prefill' ? 'kv_producer' : 'kv_consumer';
}
