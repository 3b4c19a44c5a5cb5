import { commaList } from '../../deployment/commaList.ts';
import type { JsonObject } from '../../deployment/deployment.ts';
import type { Values } from '../../deployment/layers.ts';
import type { Placement, RoleSettings as WrittenSettings } from '../../deployment/schema.gen.ts';
import { defaultsOf } from '../../deployment/schema.ts';
import { numberOrNull } from '../../deployment/settings.ts';
import type { RolePlace, SettingsParser } from '../../deployment/settingsParser.ts';
import { addressAt } from '../../deployment/writtenFaults.ts';
import { expandPlacement, placementConflicts } from './placementMode.ts';
import {
  ARGUMENT_KEYS,
  type EngineArguments,
  OMNI_PROXY_KEYS,
  type OmniProxyOptions,
  type OmniProxySettings,
  type OmniRoleSettings,
  type OmniSettings,
  type PlacementSettings,
} from './settings.ts';

/** OmniInfer's own keys of a deployment file, which are in settings.schema.json. */
export const omniSettingsParser: SettingsParser<OmniSettings, OmniRoleSettings, OmniProxySettings> = {
  services: (written, local) => ({
    generation: written.generation ?? null,
    launcher: written.launcher!,
    codePath: written.code_path === undefined ? null : local.path(written.code_path),
    wheels: commaList(written.wheels).flatMap((wheel) => local.expand(wheel)),
    buildHost: written.build_host ?? null,
  }),
  role: (written, defaults, place) => ({
    ...serverSettings({ ...defaults, ...written } as Required<WrittenSettings>, place),
    extraConfig: (written.extra_config ?? defaults.extra_config) as JsonObject,
    additionalConfig: (written.additional_config ?? defaults.additional_config) as JsonObject,
    placement: placementSettings((written.placement ?? {}) as Values, (defaults.placement ?? {}) as Values, place),
  }),
  proxy: (written) => ({
    prefillLbSdk: String(written.prefill_lb_sdk),
    decodeLbSdk: String(written.decode_lb_sdk),
    coreNum: Number(written.core_num),
    startCoreIndex: Number(written.start_core_index),
    logLevel: String(written.log_level),
    accessLogFile: written.access_log_file as string | null,
    streamOps: written.stream_ops as OmniProxySettings['streamOps'],
    useOmniProxy: written.use_omni_proxy === true,
    omniProxy: Object.fromEntries(OMNI_PROXY_KEYS.map((key) => [key, written[key]])) as OmniProxyOptions,
  }),
  faults: ({ documents, groups }) => [
    ...addressAt(documents.plain, ['services', 'build_host']),
    ...placementConflicts(documents, groups),
  ],
};

function serverSettings(written: Required<WrittenSettings>, { role }: RolePlace) {
  return {
    modelPath: written.model_path,
    tp: numberOrNull(written.tp),
    pp: Number(written.pp),
    ppLayerPartition: written.pp_layer_partition,
    numServers: numberOrNull(written.num_servers),
    numSpeculativeTokens: Number(written.num_speculative_tokens),
    enforceEager: written.enforce_eager ?? role !== 'decode',
    enableExpertParallel: written.enable_expert_parallel ?? role !== 'mixed',
    enablePrefixCaching: written.enable_prefix_caching,
    disableLogRequests: written.disable_log_requests,
    blockSize: Number(written.block_size),
    distributedExecutorBackend: written.distributed_executor_backend,
    rayPort: numberOrNull(written.ray_port),
    rayMinWorkerPort: numberOrNull(written.ray_min_worker_port),
    rayMaxWorkerPort: numberOrNull(written.ray_max_worker_port),
    zmqPort: numberOrNull(written.vllm_llmdatadist_zmq_port),
    arguments: engineArguments(written),
    procBind: written.proc_bind,
    kvTransferConfig: written.kv_transfer_config as JsonObject,
    prependEnv: written.prepend_env,
  };
}

function engineArguments(written: Required<WrittenSettings>): EngineArguments {
  return Object.fromEntries(
    Object.keys(ARGUMENT_KEYS).map((key) => [key, written[key as keyof EngineArguments]]),
  ) as EngineArguments;
}

function placementSettings(written: Values, ofRole: Values, place: RolePlace): PlacementSettings {
  const { role, group, numDies, logPath, local } = place;
  const defaults = { ...defaultsOf(['services', role, 'placement']), ...ofRole };
  // several instances may share a host, and name their dumps by the second
  const site = { numDies, dumpFolder: `${logPath}/dump/${role}_${group}` };
  const placement = expandPlacement(written, defaults, site) as unknown as Required<Placement>;
  return {
    enabled: placement.enabled,
    patternPath: placement.pattern_path === null ? null : local(placement.pattern_path),
    imagePatternPath: placement.image_pattern_path,
    maxMoeLayerNum: numberOrNull(placement.max_moe_layer_num),
    enableDynamic: placement.enable_dynamic,
    maxRedundantPerExpert: Number(placement.max_redundant_per_expert),
    maxRedundantPerRank: Number(placement.max_redundant_per_rank),
    enableRankRoundRobin: placement.enable_rank_round_robin,
    enableDump: placement.enable_dump,
    dumpDir: placement.dump_dir,
  };
}
