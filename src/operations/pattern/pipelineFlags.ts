import { Flags } from '@oclif/core';
import type { FlagsOf } from '../session/flagsOf.ts';
import { rangeFlag } from './flags.ts';

const folder = (name: string, description: string) => Flags.string({ default: name, helpValue: 'DIR', description });
const count = (value: number, description: string) =>
  Flags.integer({ min: 1, default: value, helpValue: 'N', description });

/** As the .sh and its pipeline.py name them, with the .sh's defaults. */
export const pipelineFlags = {
  input_mode: Flags.option({
    options: ['txt', 'log'] as const,
    default: 'txt',
    description: 'read dump folders, or server logs',
  })(),
  input_txt_folders: Flags.string({ multiple: true, helpValue: 'DIR', description: 'dump folders; all are read' }),
  input_log_files: Flags.string({
    multiple: true,
    helpValue: 'FILE',
    description: 'logs with [dump activation] lines',
  }),
  topk_id_count_dir: folder('./topk_id_count', 'for the CSV of counts'),
  placement_pattern_dir: folder('./placement_pattern', 'for the patterns'),
  placement_pattern_view_dir: folder('./placement_pattern_view', 'for a picture of each pattern'),
  placement_pattern_analysis_dir: folder('./placement_pattern_analysis', 'for pictures of the loads'),
  output_csv: Flags.string({ helpValue: 'FILE', description: 'another name for the CSV' }),
  num_layers: count(58, 'lines of a dump'),
  num_ranks_of_collecting_data: count(1, 'files per recordstep: ranks, up to OmniPlacement 0.2.0'),
  num_positions_of_routed_experts: count(256, 'columns of all ranks together'),
  num_ranks_target_pattern: count(32, 'dies of the instance'),
  num_redundant_layers: Flags.integer({
    multiple: true,
    min: 0,
    default: [58],
    helpValue: 'N',
    description: 'how many layers, of highest load, are treated; a pattern for each',
  }),
  expert_redundant_limit: Flags.integer({
    min: 0,
    default: 199,
    helpValue: 'N',
    description: 'most copies beyond the first',
  }),
  num_layers_target_pattern: Flags.integer({ min: 1, helpValue: 'N', description: 'must be --num_layers' }),
  num_eps_target_pattern: Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'must be --num_positions_of_routed_experts',
  }),
  dataset_name: Flags.string({
    helpValue: 'NAME',
    description: 'in the names of the analysis; by default the timestamp',
  }),
  output_file_prefix: Flags.string({ hidden: true, description: 'accepted, as in the tool, and without effect' }),
  pattern_mode: Flags.option({
    options: ['rearrange', 'redundant', 'all'] as const,
    default: 'all',
    description: 'patterns to make',
  })(),
  collecting_modes: Flags.option({
    options: ['prefill', 'decode', 'all'] as const,
    default: 'decode',
    description: 'what the dumps are of: a part of the names; of logs, the lines to read',
  })(),
  recordstep_range: rangeFlag('recordstep_range', 'recordsteps to read, both included'),
  timestamp: Flags.string({ helpValue: 'YYYYmmdd_HHMMSS', description: 'in the names; by default now' }),
  'recorded-under': Flags.string({ helpValue: 'base|FILE', description: 'what served while the dump was recorded' }),
};

/** By their names, as a run takes them. */
export type PipelineFlags = FlagsOf<typeof pipelineFlags> & { readonly timestamp: string };
