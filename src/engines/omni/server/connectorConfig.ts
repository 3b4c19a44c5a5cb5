import type { Deployment, JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { mergeJson, withoutNulls } from '../../mergeJson.ts';
import { producerSizes } from '../layout/instanceLayout.ts';
import { omniRoleSettings } from '../settings.ts';

/** What pd_run.sh makes of its `--kv-` arguments, with what the file sets over it. */
export function connectorConfig(
  { kv, settings }: Pick<ServerNode, 'kv' | 'settings'>,
  deployment: Pick<Deployment, 'prefill'>,
): JsonObject {
  const { role, rank, parallelSize } = kv!;
  const own: JsonObject = {
    kv_connector: 'AscendHcclConnectorV1',
    kv_buffer_device: 'npu',
    kv_role: role,
    kv_rank: rank,
    engine_id: rank,
    kv_parallel_size: parallelSize,
    ...producers(deployment),
  };
  return withoutNulls(mergeJson(own, omniRoleSettings(settings).kvTransferConfig));
}

/** Whether prefill has other sizes than the connector takes it to have. */
export function hasProducerSizes(deployment: Pick<Deployment, 'prefill'>): boolean {
  const { dp, pp } = producerSizes(deployment);
  return dp > 1 || pp > 1;
}

function producers(deployment: Pick<Deployment, 'prefill'>): JsonObject {
  if (!hasProducerSizes(deployment)) return {};
  const { dp, pp } = producerSizes(deployment);
  const { ppLayerPartition: partition } = omniRoleSettings(deployment.prefill[0]!.settings);
  return {
    kv_connector_extra_config: {
      kv_producer_dp_size: dp,
      kv_producer_pp_size: pp,
      ...(partition === null ? {} : { kv_producer_pp_partitions: partition }),
    },
  };
}
