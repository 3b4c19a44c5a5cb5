import type { JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';
import { otherConnector } from './otherConnector.ts';
import type { Profile } from './profile.ts';
import { OWN_TABLES } from './profileEnv.ts';

/** What omniplace gives by itself. */
export interface OwnConnector {
  readonly role: 'prefill' | 'decode';
  readonly rank: number;
  /** Tensor parallel size of the decode servers. */
  readonly parallelSize: number;
}

/** `kv_transfer_config`: what differs from omniplace's own, and null for what is not there. */
export function profileConnector(profile: Profile, { role, rank, parallelSize }: OwnConnector): JsonObject {
  const written = profile.argMap('kv-transfer-config');
  const own: JsonObject = {
    kv_connector: 'AscendHcclConnectorV1',
    kv_buffer_device: 'npu',
    kv_role: role === 'prefill' ? 'kv_producer' : 'kv_consumer',
    kv_rank: rank,
    engine_id: rank,
    kv_parallel_size: parallelSize,
  };
  return otherConnector(withoutTables(profile, written), own);
}

/** Variables name omniplace's rank tables, and the connector reads them where its configuration has no path. */
function withoutTables(profile: Profile, written: JsonObject): JsonObject {
  const extra = written.kv_connector_extra_config;
  if (!isMap(extra)) return written;
  const kept = Object.entries(extra as JsonObject).filter(([key]) => {
    const isTable = /rank_table_path$/.test(key);
    if (isTable) profile.leave(['args', 'kv-transfer-config', 'kv_connector_extra_config', key], OWN_TABLES);
    return !isTable;
  });
  return { ...written, kv_connector_extra_config: Object.fromEntries(kept) };
}
