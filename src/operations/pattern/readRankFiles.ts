import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { type Load, PlacementError, parseDumpWindow } from '../../placement/index.ts';

interface RankFilesRequest {
  readonly numRanks: number;
  readonly layers: number;
  readonly experts: number;
  readonly windows?: readonly [number, number] | undefined;
}

/**
 * Windows of OmniPlacement up to 0.2.0: a file per rank and recordstep, each with the columns of that rank's slots. A
 * recordstep that lacks a rank or has a damaged file is left out, and said. One episode per recordstep.
 */
export async function readRankFiles(
  folders: readonly string[],
  { numRanks, layers, experts, windows }: RankFilesRequest,
  say: (line: string) => void,
): Promise<Load> {
  const columns = experts / numRanks;
  if (!Number.isInteger(columns)) {
    throw new UserError('bad_usage', `${experts} positions don't divide over ${numRanks} collecting ranks`, {
      hint: 'Set --num_ranks_of_collecting_data to 1 for dumps of OmniPlacement 0.3.0 and later.',
    });
  }
  const episodes: Float64Array[] = [];
  for (const folder of folders) {
    for (const [step, files] of await byStep(folder, windows)) {
      const tokens = new Float64Array(layers * experts);
      try {
        for (let rank = 0; rank < numRanks; rank++) {
          const file = files.get(rank);
          if (file === undefined) throw new PlacementError('bad-file', `rank ${rank} of ${numRanks} is missing`);
          const window = parseDumpWindow(await readFile(join(folder, file)));
          if (window.layers !== layers || window.positions !== columns) {
            throw new PlacementError(
              'bad-file',
              `${file} has ${window.layers} lines of ${window.positions} counts, not ${layers} of ${columns}`,
            );
          }
          for (let layer = 0; layer < layers; layer++) {
            const line = window.tokens.subarray(layer * columns, (layer + 1) * columns);
            tokens.set(line, layer * experts + rank * columns);
          }
        }
        episodes.push(tokens);
      } catch (error) {
        if (!(error instanceof PlacementError)) throw error;
        say(`warning: ${folder}, recordstep ${step}: ${error.message}; it was left out`);
      }
    }
  }
  if (episodes.length === 0) {
    throw new UserError('bad_load', `${folders.join(', ')}: no recordstep is complete`, {
      hint: 'See the lines above; --num_ranks_of_collecting_data is 1 for OmniPlacement 0.3.0 and later.',
    });
  }
  const joined = new Float64Array(episodes.length * layers * experts);
  for (const [i, tokens] of episodes.entries()) joined.set(tokens, i * layers * experts);
  return { episodes: episodes.length, layers, experts, tokens: joined };
}

/** recordstep -> rank -> file, rising */
async function byStep(folder: string, range: readonly [number, number] | undefined) {
  const steps = new Map<number, Map<number, string>>();
  for (const name of await readdir(folder)) {
    const [, stepText, rankText] = name.match(/^activation_counts_recordstep_(\d+)_rank_(\d+)\.txt$/) ?? [];
    if (stepText === undefined || rankText === undefined) continue;
    const step = Number(stepText);
    if (range !== undefined && (step < range[0] || step > range[1])) continue;
    const files = steps.get(step) ?? new Map<number, string>();
    steps.set(step, files.set(Number(rankText), name));
  }
  return [...steps].sort(([a], [b]) => a - b);
}
