import type { JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { mergeJson, withoutNulls } from '../../mergeJson.ts';
import { omniRoleSettings } from '../settings.ts';

/** What pd_run.sh makes of its `--kv-` arguments, with what the file sets over it. */
export function connectorConfig({ kv, settings }: Pick<ServerNode, 'kv' | 'settings'>): JsonObject {
  const { role, rank, parallelSize } = kv!;
  const own: JsonObject = {
    kv_connector: 'AscendHcclConnectorV1',
    kv_buffer_device: 'npu',
    kv_role: role,
    kv_rank: rank,
    engine_id: rank,
    kv_parallel_size: parallelSize,
  };
  return withoutNulls(mergeJson(own, omniRoleSettings(settings).kvTransferConfig));
}
