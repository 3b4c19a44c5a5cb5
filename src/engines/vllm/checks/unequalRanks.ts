import type { RoleSettings } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { CheckContext } from '../../../topology/checkContext.ts';
import { type SharedSetting, unequalSettings } from '../../../topology/unequalHosts.ts';
import type { UsedTable } from '../flags/flagTable.ts';
import { writtenArguments } from '../flags/writtenArguments.ts';
import { type VllmRoleSettings, vllmRoleSettings } from '../vllmSettings.ts';

/** Next to those that every engine has. Ranks compare them when they meet, or only those of the first host count. */
const SHARED_KEYS: readonly (readonly [key: string, field: keyof VllmRoleSettings])[] = [
  ['tensor_parallel_size', 'tensorParallelSize'],
  ['pipeline_parallel_size', 'pipelineParallelSize'],
  ['data_parallel_size', 'dataParallelSize'],
  ['data_parallel_lb', 'loadBalancing'],
  ['api_server_count', 'apiServerCount'],
  ['all2all_backend', 'all2allBackend'],
  ['enable_eplb', 'enableEplb'],
  ['eplb_config', 'eplbConfig'],
  ['enable_expert_parallel', 'enableExpertParallel'],
  ['kv_transfer_config', 'kvTransferConfig'],
  ['kv_connector', 'kvConnector'],
  ['lmcache_config', 'lmcacheConfig'],
  ['compilation_config', 'compilationConfig'],
  ['speculative_config', 'speculativeConfig'],
  ['shutdown_timeout', 'shutdownTimeoutS'],
];
/** Arguments of API servers and logs: ranks work together without agreeing on them. */
const OF_ONE_HOST =
  /^--(uvicorn-|allow|api-key|chat-template|response-role|root-path|middleware|h11-|max-log-len|log-config-file|tool-|reasoning-parser$|otlp-|show-hidden-metrics|(enable|disable)-(request-id|auto-tool|log|uvicorn|fastapi|server-load))/;

/** Hosts of an instance whose settings keep their ranks from working together. */
export function unequalRanks(context: CheckContext, used: UsedTable): readonly Fault[] {
  const keys = SHARED_KEYS.map(([key, field]): SharedSetting => [key, (of) => vllmRoleSettings(of)[field]]);
  const args: SharedSetting = ['extra_args', (settings) => argumentsOfRanks(settings, used)];
  return [...unequalSettings(context, [...keys, args])].map((fault) => ({ ...fault, severity: 'error' }));
}

function argumentsOfRanks({ extraArgs }: RoleSettings, used: UsedTable): unknown {
  const { found } = writtenArguments(extraArgs, used.table);
  return found.flatMap(({ name, written, values }) =>
    OF_ONE_HOST.test(name ?? written) ? [] : [[written, ...values]],
  );
}
