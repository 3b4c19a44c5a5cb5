/** The flags of OmniPlacement's pattern_generation_pipeline.sh (run_pipeline.sh in its guideline), by their names. */
export interface PipelineFlags {
  readonly input_mode: 'txt' | 'log';
  readonly input_txt_folders?: readonly string[] | undefined;
  readonly input_log_files?: readonly string[] | undefined;
  readonly topk_id_count_dir: string;
  readonly placement_pattern_dir: string;
  readonly placement_pattern_view_dir: string;
  readonly placement_pattern_analysis_dir: string;
  readonly output_csv?: string | undefined;
  readonly num_layers: number;
  readonly num_ranks_of_collecting_data: number;
  readonly num_positions_of_routed_experts: number;
  readonly num_ranks_target_pattern: number;
  readonly num_redundant_layers: readonly number[];
  readonly expert_redundant_limit: number;
  readonly num_layers_target_pattern?: number | undefined;
  readonly num_eps_target_pattern?: number | undefined;
  readonly dataset_name?: string | undefined;
  readonly pattern_mode: 'rearrange' | 'redundant' | 'all';
  readonly collecting_modes: 'prefill' | 'decode' | 'all';
  readonly recordstep_range?: [number, number] | undefined;
  /** 20250619_095310 */
  readonly timestamp: string;
  readonly 'recorded-under'?: string | undefined;
}
