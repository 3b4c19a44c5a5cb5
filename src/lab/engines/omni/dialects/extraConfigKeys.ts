import type { Imitated } from './dialect.ts';

/** Keys of OmniInfer's extra configuration with the versions that read them. */
type KeysOfVersions = readonly (readonly [versions: readonly Imitated[], keys: string])[];

export interface ExtraConfigKeys {
  readonly parallel: readonly string[];
  readonly operators: readonly string[];
}

const PARALLEL: KeysOfVersions = [
  [['v0.3', 'v0.4', 'v0.5', 'v0.6', '2026-03'], `o_proj_tp_size redundancy_shared_expert_num`],
  [['v0.3', 'v0.4', 'v0.5'], `dp_size`],
  [['v0.4', 'v0.5', 'v0.6', '2026-03'], `dense_mlp_tp_size`],
  [['v0.6', '2026-03'], `attn_dies attn_sp_size`],
  [['v0.6'], `enable_attn_ffn_disaggregation`],
  [['2026-03'], `eh_proj_tp_size enable_share_expert_tp`],
];

const OPERATORS: KeysOfVersions = [
  [
    ['v0.3', 'v0.4', 'v0.5', 'v0.6', '2026-03'],
    `best_ep control_accept_rate enable_kv_rmsnorm_rope_cache enable_pipeline_comm
    enable_prefill_micro_batch enable_round_pipeline_comm gmm_nz merge_qkv moe_multi_stream_tune
    prefill_enable_long_seq prefill_enable_mla_alltoall prefill_enable_mla_alltoall_local two_stage_comm
    unquant_bmm_nz use_mlaprolog use_super_kernel`,
  ],
  [
    ['v0.3', 'v0.4', 'v0.5'],
    `decode_gear_list enable_moe_expert_parallel omni_placement_config_path opt_w2_scale_cast
    pd_seperate_prefill use_omni_placement`,
  ],
  [['v0.3', 'v0.4'], `enable_mc2_v2`],
  [
    ['v0.3'],
    `enable_combine_addrmsnorm_fusion enable_dense_local_tp enable_node_mlp enable_pd_separated
    enable_prefetch moe_dispatch_combine prefill_dispatch_combine prefill_enable_pipeline_comm
    prefill_mla_multi_stream prefill_moe_multi_stream use_a3_high_performance_cann use_chunked_prefill
    use_w8a8_dynamic_quant`,
  ],
  [
    ['v0.4', 'v0.5', 'v0.6', '2026-03'],
    `attn_prefetch decode_moe_dispatch_combine expert_down_prefetch expert_gate_up_prefetch fa_quant
    prefill_moe_all_to_all use_prefetch`,
  ],
  [['v0.4', 'v0.6', '2026-03'], `max_split_token_count_threshold max_split_token_ratio_threshold`],
  [['v0.5', 'v0.6', '2026-03'], `c8_calib_path experts_pruning use_tnd_pa`],
  [
    ['v0.6', '2026-03'],
    `cast_w2_scale_f32 enable_dsa enable_scale_parallel enable_topktoppsample_op
    mla_multistream_limit_core shared_experts_to_gmm use_omni_cache`,
  ],
  [
    ['2026-03'],
    `ascend_operator_fusion_pass_set decode_experts_pruning decode_flash_comm_1 dense_mlp_prefetch
    enable_attn_update enable_c8 enable_e_score_correction_bias enable_gmm_swiglu_quant
    enable_indexer_quant enable_mla_prefill_multistream enable_mlp_seq_split
    enable_moe_prefill_multi_stream enable_omni_attn_optimization enable_scmoe_multi_stream
    lm_head_prefetch load_rms_bias mtp_remove_redundant_kv new_w4_op shared_expert_down_prefetch
    shared_expert_gate_up_prefetch tp_nnodes use_dcp`,
  ],
];

export function extraConfigKeysOf(dialect: Imitated): ExtraConfigKeys {
  return { parallel: keysOf(PARALLEL, dialect), operators: keysOf(OPERATORS, dialect) };
}

function keysOf(table: KeysOfVersions, dialect: Imitated): string[] {
  return table.flatMap(([versions, keys]) => (versions.includes(dialect) ? keys.split(/\s+/) : []));
}
