import type { JsonObject } from '../../deployment/deployment.ts';
import type { Values } from '../../deployment/layers.ts';
import type { Proxy as WrittenProxy, RoleSettings as WrittenSettings } from '../../deployment/schema.gen.ts';
import { numberOrNull } from '../../deployment/settings.ts';
import type { SettingsParser } from '../../deployment/settingsParser.ts';
import type { VllmRoleSettings, VllmRouterSettings, VllmSettings } from './vllmSettings.ts';

/** Keys of other engines, and what vLLM has. */
const INSTEAD: Readonly<Record<string, string>> = {
  generation: 'Set vllm_version, or use an image whose tag contains it.',
  launcher: 'Remove it: `vllm serve` starts every server.',
  code_path: 'Remove it: the code of the image runs.',
  wheels: 'Remove it: build an image with the packages in it.',
  placement: 'Released vLLM takes no map of experts. Set enable_eplb and eplb_config to let it move experts itself.',
  extra_config: 'Use extra_args, or the key of its own that a setting has.',
  additional_config: 'Use extra_args: ["--additional-config", "{..}"].',
  prefill_lb_sdk: 'Set prefill_policy.',
  decode_lb_sdk: 'Set decode_policy.',
  core_num: 'Remove it: the router uses the cores that it needs.',
  start_core_index: 'Remove it: the router uses the cores that it needs.',
};

/** vLLM's own keys of a deployment file, which are in settings.schema.json. */
export const vllmSettingsParser: SettingsParser<VllmSettings, VllmRoleSettings, VllmRouterSettings> = {
  services: (written) => ({ version: written.vllm_version ?? null }),
  role: roleOf,
  proxy: (values) => {
    const written = values as Partial<WrittenProxy>;
    return {
      image: written.image ?? null,
      policy: written.policy!,
      prefillPolicy: written.prefill_policy ?? null,
      decodePolicy: written.decode_policy ?? null,
      prometheusPort: Number(written.prometheus_port),
      intraNodeDataParallelSize: Number(written.intra_node_data_parallel_size),
      routerArgs: written.router_args ?? [],
    };
  },
  instead: INSTEAD,
  faults: () => [],
};

function roleOf(values: Values, defaults: Values): VllmRoleSettings {
  const written = { ...defaults, ...values } as Required<WrittenSettings>;
  return {
    tensorParallelSize: numberOrNull(written.tensor_parallel_size),
    pipelineParallelSize: numberOrNull(written.pipeline_parallel_size),
    dataParallelSize: numberOrNull(written.data_parallel_size),
    loadBalancing: written.data_parallel_lb,
    apiServerCount: numberOrNull(written.api_server_count),
    enableExpertParallel: written.enable_expert_parallel ?? false,
    all2allBackend: written.all2all_backend,
    enableEplb: written.enable_eplb,
    eplbConfig: written.eplb_config as JsonObject,
    kvConnector: written.kv_connector,
    kvTransferConfig: written.kv_transfer_config as JsonObject,
    lmcacheConfig: written.lmcache_config as JsonObject,
    compilationConfig: written.compilation_config as JsonObject,
    speculativeConfig: written.speculative_config as JsonObject,
    shutdownTimeoutS: Number(written.shutdown_timeout),
  };
}
