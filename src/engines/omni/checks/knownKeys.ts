// Keys of OmniInfer's own configuration, as its loaders know them.

/** The second name is misspelt in OmniInfer itself. */
export const EXTRA_CONFIG_SECTIONS = ['model_parallel_config', 'operator_optimizition_config'] as const;

/** Versions that choose a configuration of their own take the right spelling too, and drop what they do not know. */
export const EXTRA_CONFIG_SECTIONS_OF_NOW = [...EXTRA_CONFIG_SECTIONS, 'operator_optimization_config'] as const;

/** Of all versions, also the older ones. Up to v0.5 an unknown key ends the engine; later ones drop it. */
export const MODEL_PARALLEL_KEYS = [
  'dense_mlp_tp_size',
  'o_proj_tp_size',
  'dp_size',
  'redundancy_shared_expert_num',
  'attn_dies',
  'attn_sp_size',
  'eh_proj_tp_size',
  'enable_attn_ffn_disaggregation',
  'enable_share_expert_tp',
] as const;

/** Of all versions but v0.3 and before, which end at an unknown key. Later ones drop it without a word. */
export const OPERATOR_KEYS = [
  'enable_kv_rmsnorm_rope_cache',
  'prefill_moe_all_to_all',
  'moe_multi_stream_tune',
  'best_ep',
  'merge_qkv',
  'two_stage_comm',
  'gmm_nz',
  'unquant_bmm_nz',
  'decode_moe_dispatch_combine',
  'use_omni_placement',
  'omni_placement_config_path',
  'enable_moe_expert_parallel',
  'use_super_kernel',
  'use_mlaprolog',
  'opt_w2_scale_cast',
  'enable_prefill_micro_batch',
  'decode_gear_list',
  'control_accept_rate',
  'use_prefetch',
  'expert_gate_up_prefetch',
  'expert_down_prefetch',
  'attn_prefetch',
  'enable_round_pipeline_comm',
  'enable_pipeline_comm',
  'pd_seperate_prefill',
  'prefill_enable_long_seq',
  'prefill_enable_mla_alltoall',
  'prefill_enable_mla_alltoall_local',
  'fa_quant',
  'experts_pruning',
  'use_tnd_pa',
  'c8_calib_path',
  'ascend_operator_fusion_pass_set',
  'cast_w2_scale_f32',
  'decode_experts_pruning',
  'decode_flash_comm_1',
  'dense_mlp_prefetch',
  'enable_attn_update',
  'enable_c8',
  'enable_dsa',
  'enable_e_score_correction_bias',
  'enable_gmm_swiglu_quant',
  'enable_indexer_quant',
  'enable_kv_stream',
  'enable_limit_topk',
  'enable_mc2_v2',
  'enable_mla_prefill_multistream',
  'enable_mlp_seq_split',
  'enable_moe_prefill_multi_stream',
  'enable_omni_attn_optimization',
  'enable_scale_parallel',
  'enable_scmoe_multi_stream',
  'enable_topktoppsample_op',
  'flashcomm1_threshold',
  'lm_head_prefetch',
  'load_rms_bias',
  'max_split_token_count_threshold',
  'max_split_token_ratio_threshold',
  'mla_multistream_limit_core',
  'mtp_remove_redundant_kv',
  'new_w4_op',
  'shared_expert_down_prefetch',
  'shared_expert_gate_up_prefetch',
  'shared_experts_to_gmm',
  'skip_mtp_hidden_states',
  'tp_nnodes',
  'use_ascend_cloud_ops',
  'use_dcp',
  'use_omni_cache',
] as const;

/** Of --additional-config. */
export const ADDITIONAL_CONFIG_KEYS = [
  'graph_model_compile_config',
  'enable_omni_attn',
  'omni_attn_config',
  'enable_hybrid_graph_mode',
  'use_rejection_sampler',
  'use_penalty',
  'rejection_sampler_topk',
  'ascend_scheduler_config',
  'async_pull_kv',
  'attn_tp_size',
  'combine_block',
  'enable_attn_ffn_disaggregation',
  'enable_length_sorted_schedule',
  'enable_pd_elastic_scaling',
  'low_latency',
  'mix_schedule',
  'multi_rank_pull_kv',
  'multi_step',
  'multi_thread_pull_kv',
  'use_process_before_sample',
  'enable_omni_placement',
  'omni_placement_config',
] as const;

/** Of OmniPlacement, with what the deployment file's `placement` calls each. */
export const PLACEMENT_KEYS = [
  'pattern_path',
  'max_moe_layer_num',
  'enable_dynamic',
  'max_redundant_per_expert',
  'max_redundant_per_rank',
  'enable_rank_round_robin',
  'enable_dump',
  'dump_dir',
] as const;

/** In newer OmniPlacement, without a key of their own in the deployment file. */
export const FURTHER_PLACEMENT_KEYS = ['enable_new_context', 'enable_zero_expert', 'normal_expert_ids'] as const;

/** Arguments of `vllm serve` that omniplace gives itself, and the key of the deployment file that each comes from. */
export const OWN_ARGUMENTS: Readonly<Record<string, string>> = {
  '--max-num-seqs': 'max_num_seqs',
  '--max-num-batched-tokens': 'max_num_batched_tokens',
  '--max-model-len': 'max_model_len',
  '--gpu-memory-utilization': 'gpu_util',
  '--additional-config': 'additional_config',
  '--served-model-name': 'services.served_model_name',
  '--tensor-parallel-size': 'tp',
  '--pipeline-parallel-size': 'pp',
  '--block-size': 'block_size',
  '--data-parallel-size': 'ascend_rt_visible_devices',
  '--data-parallel-address': 'hosts',
  '--data-parallel-rpc-port': 'master_port',
  '--port': 'base_api_port',
  '--kv-transfer-config': 'kv_transfer_config',
};
