import type { LabDialect } from './dialect.ts';

/** What the simulated engine of a version reads and refuses, where versions differ. */
export interface EngineRules {
  /** Servers and ray need the environment that OmniInfer's images keep in ~/.bashrc. */
  readonly needsCann: boolean;
  /** An instance over several hosts needs `--distributed-executor-backend ray`, and a second `ray start` on a host fails. */
  readonly strictRay: boolean;
  /** How the loader of the global rank table checks its groups against the numbers of instances. */
  readonly groups: 'unchecked' | 'decode-lists' | 'group-ids';
  /** Ranks of prefill and decode are paired by kv_parallel_size, unless the model has MLA. */
  readonly pairsByKvParallelSize: boolean;
  readonly extraConfig: ExtraConfigRules | null;
  /** Where OmniPlacement is switched on. */
  readonly placement: 'either' | 'extra-config' | 'additional-config';
  /** Dumps come from the rank that holds the first routed experts, after those of redundant shared experts. */
  readonly dumpsFromFirstRouted: boolean;
}

/** How the file of the extra configuration is found and read. */
export interface ExtraConfigRules {
  readonly variable: 'MODEL_EXTRA_CFG_PATH' | 'BEST_PRATICE_MODEL_CONFIG_PATH';
  /** Keys of each section; another one ends the server. null: another one has no effect. */
  readonly parallelKeys: readonly string[] | null;
  readonly operatorKeys: readonly string[] | null;
}

const PARALLEL_KEYS = ['dense_mlp_tp_size', 'dp_size', 'o_proj_tp_size', 'redundancy_shared_expert_num'];

const LENIENT: EngineRules = {
  needsCann: false,
  strictRay: false,
  groups: 'unchecked',
  pairsByKvParallelSize: false,
  extraConfig: { variable: 'MODEL_EXTRA_CFG_PATH', parallelKeys: PARALLEL_KEYS, operatorKeys: null },
  placement: 'either',
  dumpsFromFirstRouted: false,
};

const STRICT = { needsCann: true, strictRay: true, dumpsFromFirstRouted: true } as const;

const V04: EngineRules = {
  ...STRICT,
  groups: 'group-ids',
  pairsByKvParallelSize: true,
  extraConfig: { variable: 'MODEL_EXTRA_CFG_PATH', parallelKeys: PARALLEL_KEYS, operatorKeys: null },
  placement: 'extra-config',
};

// of v0.3.0 itself: some went later, some came
const V03_OPERATOR_KEYS =
  `enable_kv_rmsnorm_rope_cache prefill_dispatch_combine prefill_enable_mla_alltoall enable_node_mlp
  moe_multi_stream_tune best_ep enable_pd_separated merge_qkv two_stage_comm use_chunked_prefill use_w8a8_dynamic_quant
  gmm_nz unquant_bmm_nz moe_dispatch_combine use_omni_placement omni_placement_config_path enable_moe_expert_parallel
  use_a3_high_performance_cann use_super_kernel enable_prefill_micro_batch use_mlaprolog opt_w2_scale_cast enable_mc2_v2
  decode_gear_list enable_combine_addrmsnorm_fusion control_accept_rate enable_round_pipeline_comm enable_pipeline_comm
  pd_seperate_prefill prefill_enable_long_seq enable_prefetch prefill_moe_multi_stream prefill_enable_mla_alltoall_local
  prefill_enable_pipeline_comm prefill_mla_multi_stream enable_dense_local_tp`.split(/\s+/);

const RULES: Readonly<Record<LabDialect, EngineRules>> = {
  lenient: LENIENT,
  'v0.3': {
    ...V04,
    groups: 'decode-lists',
    pairsByKvParallelSize: false,
    extraConfig: {
      variable: 'MODEL_EXTRA_CFG_PATH',
      parallelKeys: ['dp_size', 'o_proj_tp_size', 'redundancy_shared_expert_num'],
      operatorKeys: V03_OPERATOR_KEYS,
    },
  },
  'v0.4': V04,
  'v0.5': V04,
  // its loader picks a file by model, hardware, precision and numbers of instances; it has none for the lab's model
  'v0.6': {
    ...STRICT,
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: null,
    placement: 'additional-config',
  },
  '2026-03': {
    ...STRICT,
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: { variable: 'BEST_PRATICE_MODEL_CONFIG_PATH', parallelKeys: null, operatorKeys: null },
    placement: 'additional-config',
  },
};

/** `name` is what the image's commands set: LAB_DIALECT. */
export function engineRules(name: string | undefined): EngineRules {
  return RULES[name as LabDialect] ?? LENIENT;
}
