import type { DumpFault } from './dump.ts';
import { type Load, PlacementError } from './model.ts';

export interface ActivationLogOptions {
  readonly layers: number;
  readonly experts: number;
  /** ranks that wrote the log, each of its own experts: the tool's --num_ranks_of_collecting_data */
  readonly ranks: number;
  readonly collecting: 'prefill' | 'decode' | 'all';
  /** first and last step, both included */
  readonly range?: readonly [number, number] | undefined;
}

/** Takes a service's log line by line; lines that are no activation dump are passed over. */
export interface ActivationLogReader {
  add(line: string): void;
  finish(): { readonly load: Load; readonly faults: readonly DumpFault[] };
}

const LINE =
  /\[dump activation\] (prefill|decode) step (\d+) in rank (\d+) for layer (\d+) get (\d+) experts data: ([\d\t ]*)/;

/**
 * The log mode of OmniPlacement's pattern tool: `[dump activation] decode step S in rank R for layer L get N experts
 * data: a<TAB>b..`, where the ranks hold the experts in equal, contiguous parts. One episode. A line that doesn't fit is
 * left out and named by its number; a layer and part that no line gave is named in the end.
 */
export function createActivationLogReader(options: ActivationLogOptions): ActivationLogReader {
  const { layers, experts, ranks, collecting, range } = options;
  if (!Number.isInteger(ranks) || ranks < 1 || experts % ranks !== 0) {
    throw new PlacementError('bad-option', `${experts} experts don't divide over ${ranks} ranks that wrote the log`);
  }
  const perRank = experts / ranks;
  const tokens = new Float64Array(layers * experts);
  const seen = new Uint8Array(layers * ranks);
  const faults: DumpFault[] = [];
  let number = 0;

  const add = (line: string) => {
    number++;
    const [, mode, step, rankText, layerText, countText, data] = line.match(LINE) ?? [];
    if (mode === undefined || (collecting !== 'all' && mode !== collecting)) return;
    if (range !== undefined && (Number(step) < range[0] || Number(step) > range[1])) return;
    const [rank, layer] = [Number(rankText), Number(layerText)];
    const counts = data!.trim().split(/\s+/).map(Number);
    const fault = lineFault(rank, layer, Number(countText), counts.length);
    if (fault !== undefined) {
      faults.push({ severity: 'error', code: 'malformed-window', file: `line ${number}`, message: fault });
      return;
    }
    const first = layer * experts + rank * perRank;
    for (const [i, count] of counts.entries()) tokens[first + i]! += count;
    seen[layer * ranks + rank] = 1;
  };

  const lineFault = (rank: number, layer: number, said: number, found: number): string | undefined => {
    if (rank >= ranks) return `is of rank ${rank}, the log is said to be of ${ranks}`;
    if (layer >= layers) return `is of layer ${layer}, the model has ${layers}`;
    if (found !== perRank || said !== perRank) return `has ${found} of ${said} counts, a rank holds ${perRank} experts`;
    return undefined;
  };

  const finish = () => {
    if (!seen.includes(1)) {
      throw new PlacementError(
        'bad-load',
        `the log has no usable line of ${collecting} among ${number}${faults[0] === undefined ? '' : `: ${faults[0].file} ${faults[0].message}`}`,
      );
    }
    for (let i = 0; i < seen.length; i++) {
      if (seen[i] === 1) continue;
      const message = `nothing was logged of layer ${Math.floor(i / ranks)} on rank ${i % ranks}`;
      faults.push({ severity: 'error', code: 'missing-windows', file: 'the log', message });
    }
    return { load: { episodes: 1, layers, experts, tokens }, faults };
  };
  return { add, finish };
}
