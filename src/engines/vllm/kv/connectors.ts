import type { ServerRole } from '../../../deployment/deployment.ts';

/** By which prefill hands its cache over to decode. */
export const CONNECTORS = ['NixlConnector', 'MooncakeConnector'] as const;

/** By which a mixed server keeps caches in the memory of its host. */
export const OFFLOAD_CONNECTOR = 'LMCacheConnectorV1';

/** Names of connectors that vLLM had, or that its relatives have, with the one to use. */
export const RETIRED_CONNECTORS: ReadonlyMap<string, string> = new Map([
  ['P2pNcclConnector', 'NixlConnector'],
  ['PyNcclConnector', 'NixlConnector'],
  ['NixlConnectorV1', 'NixlConnector'],
  ['MooncakeConnectorV1', 'MooncakeConnector'],
  ['MooncakeLayerwiseConnector', 'MooncakeConnector'],
  ['LMCacheConnector', 'LMCacheConnectorV1'],
  ['SharedStorageConnector', 'NixlConnector'],
  ['LLMDataDistCMgrConnector', 'NixlConnector'],
]);

/** NIXL takes one stage only when decode reads; with Mooncake the source of v0.23.0 refuses several, that of v0.27.1 takes them. */
export const STAGED_CONNECTOR = 'MooncakeConnector';
const STAGED_SINCE_MINOR = 27;

/** As the router calls it; null: it can't lead requests through this one. */
export const ROUTER_CONNECTORS: Readonly<Record<string, string>> = {
  NixlConnector: 'nixl',
  MooncakeConnector: 'mooncake',
};

/** Whether it hands over the caches of several pipeline stages, in a version as `v0.27.1`. */
export function takesStages(connector: string, version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return connector === STAGED_CONNECTOR && (major > 0 || minor >= STAGED_SINCE_MINOR);
}

export function kvRole(role: ServerRole): 'kv_producer' | 'kv_consumer' {
  return role === 'prefill' ? 'kv_producer' : 'kv_consumer';
}
