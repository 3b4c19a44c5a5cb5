import { type Load, PlacementError } from '../types.ts';

export interface ActivationLogOptions {
  readonly layers: number;
  readonly experts: number;
  /** ranks that wrote the log, each of its own experts: the tool's --num_ranks_of_collecting_data */
  readonly ranks: number;
  readonly collecting: 'prefill' | 'decode' | 'all';
  /** first and last step, both included */
  readonly range?: readonly [number, number] | undefined;
}

/** Takes a service's logs line by line; lines that are no activation dump are passed over. */
export interface ActivationLogReader {
  /** Returns what is wrong with a line that was left out, else undefined. */
  add(line: string): string | undefined;
  /** null: no line could be used */
  finish(): { readonly load: Load; readonly missing: string | undefined } | null;
}

const LINE =
  /\[dump activation\] (prefill|decode) step (\d+) in rank (\d+) for layer (\d+) get (\d+) experts data:\s*([\d\s]*)$/;

/**
 * The log mode of OmniPlacement's pattern tool: `[dump activation] decode step S in rank R for layer L get N experts
 * data: a<TAB>b..`, where the ranks hold the experts in equal, contiguous parts. One episode.
 */
export function createActivationLogReader(options: ActivationLogOptions): ActivationLogReader {
  const { layers, experts, ranks, collecting, range } = options;
  if (!Number.isInteger(ranks) || ranks < 1 || experts % ranks !== 0) {
    throw new PlacementError('bad-option', `${experts} experts don't divide over ${ranks} ranks that wrote the log`);
  }
  const perRank = experts / ranks;
  const tokens = new Float64Array(layers * experts);
  const seen = new Uint8Array(layers * ranks);

  const add = (line: string) => {
    const [, mode, step, rankText, layerText, countText, data] = line.match(LINE) ?? [];
    if (mode === undefined || (collecting !== 'all' && mode !== collecting)) return undefined;
    if (range !== undefined && (Number(step) < range[0] || Number(step) > range[1])) return undefined;
    const [rank, layer] = [Number(rankText), Number(layerText)];
    const counts = data!.trim().split(/\s+/).map(Number);
    const fault = lineFault(rank, layer, Number(countText), counts.length);
    if (fault !== undefined) return fault;
    const first = layer * experts + rank * perRank;
    for (const [i, count] of counts.entries()) tokens[first + i]! += count;
    seen[layer * ranks + rank] = 1;
    return undefined;
  };

  const lineFault = (rank: number, layer: number, said: number, found: number): string | undefined => {
    if (rank >= ranks) return `is of rank ${rank}, the log is said to be of ${ranks}`;
    if (layer >= layers) return `is of layer ${layer}, the model has ${layers}`;
    if (found !== perRank || said !== perRank) return `has ${found} of ${said} counts, a rank holds ${perRank} experts`;
    return undefined;
  };

  const finish = () => {
    if (!seen.includes(1)) return null;
    const absent = seen.reduce((count, one) => count + (one === 0 ? 1 : 0), 0);
    const first = seen.indexOf(0);
    const where = `the first layer ${Math.floor(first / ranks)} on rank ${first % ranks}`;
    const missing =
      absent === 0 ? undefined : `nothing of ${absent} of ${seen.length} parts (layers x ranks), ${where}`;
    return { load: { episodes: 1, layers, experts, tokens }, missing };
  };
  return { add, finish };
}
