import { UserError } from '../../errors/userError.ts';
import { type Load, toolUnits } from '../../placement/index.ts';
import type { PipelineFlags } from './pipelineFlags.ts';
import { readDumps } from './readDumps.ts';
import { readActivationLogs } from './readLogs.ts';
import { readRankFiles } from './readRankFiles.ts';

/** Step 1 of the tool: all windows of all folders (or all lines of the logs) in steps of 128 tokens, summed. */
export async function countActivations(flags: PipelineFlags, say: (line: string) => void): Promise<Load> {
  const layers = flags.num_layers;
  const experts = flags.num_positions_of_routed_experts;
  const numRanks = flags.num_ranks_of_collecting_data;
  if (flags.input_mode === 'log') {
    const files = named(flags.input_log_files, '--input_log_files');
    const range = flags.recordstep_range;
    const options = { ranks: numRanks, layers, experts, collecting: flags.collecting_modes, range };
    const load = await readActivationLogs(files, options, say);
    return { ...load, tokens: load.tokens.map(toolUnits) };
  }
  const folders = named(flags.input_txt_folders, '--input_txt_folders');
  const windows = flags.recordstep_range;
  const load =
    numRanks > 1
      ? await readRankFiles(folders, { numRanks, layers, experts, windows }, say)
      : (await readDumps(folders, { layers, experts, windows, recordedUnder: flags['recorded-under'] }, say)).load;
  return sumUnits(load);
}

/** Rounded up for each window and expert, as the tool does. */
function sumUnits({ episodes, layers, experts, tokens }: Load): Load {
  const sum = new Float64Array(layers * experts);
  for (let i = 0; i < tokens.length; i++) sum[i % sum.length]! += toolUnits(tokens[i]!);
  if (episodes === 0 || sum.every((units) => units === 0)) throw new UserError('bad_load', 'there is no load at all');
  return { episodes: 1, layers, experts, tokens: sum };
}

function named(given: readonly string[] | undefined, flag: string): readonly string[] {
  if (given !== undefined && given.length > 0) return given;
  throw new UserError('bad_usage', `${flag} is missing`, { hint: 'Several may follow it, each after a space.' });
}
