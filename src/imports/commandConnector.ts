import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';
import type { Leave, StartedRole } from './engineArguments.ts';
import { otherConnector } from './otherConnector.ts';
import { OWN_TABLES } from './profileEnv.ts';
import { UNKNOWN } from './shellExpansion.ts';

const FLAG = '--kv-transfer-config';
/** They follow from the inventory. */
const COMPUTED = ['kv_rank', 'engine_id', 'kv_parallel_size'];
/** A value that is known only when the script runs, without quotes. */
const BARE_UNKNOWN = new RegExp(`(:\\s*)${UNKNOWN}(?=\\s*[,}])`, 'g');

/** `kv_transfer_config` from a command's `--kv-transfer-config`; what can't be set is noted. */
export function commandConnector(text: string, role: StartedRole, leave: Leave): JsonObject {
  const note = (value: string, because: string) => leave(FLAG, value.replaceAll(UNKNOWN, '..'), because);
  const written = mapIn(text.replaceAll(BARE_UNKNOWN, `$1"${UNKNOWN}"`));
  if (written === null) {
    note(text, 'not a JSON object');
    return {};
  }
  const own: Record<string, Json> = {
    kv_connector: 'AscendHcclConnectorV1',
    kv_buffer_device: 'npu',
    kv_role: role === 'prefill' ? 'kv_producer' : 'kv_consumer',
  };
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(withoutTables(written, note))) {
    if (COMPUTED.includes(key)) own[key] = value;
    if (COMPUTED.includes(key) || !JSON.stringify(value).includes(UNKNOWN)) kept[key] = value;
    else {
      // what is left out is not removed from omniplace's own
      if (own[key] !== undefined) kept[key] = own[key];
      note(`${key}: ${JSON.stringify(value)}`, 'known only when it runs');
    }
  }
  for (const key of COMPUTED) own[key] ??= null;
  return otherConnector(kept, own);
}

function mapIn(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text);
    return isMap(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

function withoutTables(written: JsonObject, note: (value: string, because: string) => void): JsonObject {
  const { kv_connector_extra_config: extra, ...others } = written;
  if (!isMap(extra)) return written;
  const entries = Object.entries(extra as JsonObject);
  const tables = entries.filter(([key]) => /rank_table_path$/.test(key));
  for (const [key, value] of tables) note(`${key}: ${JSON.stringify(value)}`, OWN_TABLES);
  const rest = entries.filter(([key]) => !/rank_table_path$/.test(key));
  return rest.length === 0 ? others : { ...others, kv_connector_extra_config: Object.fromEntries(rest) };
}
