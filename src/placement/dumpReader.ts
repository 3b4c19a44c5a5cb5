import { type DumpFault, type DumpWindow, parseDumpWindow } from './dump.ts';
import { type Load, type Placement, PlacementError } from './model.ts';

export interface DumpOptions {
  /** logical experts of the model; default: as the placement has, or the columns of the first window */
  readonly experts?: number | undefined;
  readonly layers?: number | undefined;
  /** what served while the dump was recorded; without it columns count as experts, that is as the base placement */
  readonly recordedUnder?: Placement | undefined;
  /** merge consecutive windows into this many episodes; default: each window is one */
  readonly episodes?: number | undefined;
}

/** Takes one window after the other; holds no file and, where episodes are merged, no windows. */
export interface DumpReader {
  /** Returns false where the window was left out; `faults` says why. */
  add(file: string, content: string | Uint8Array): boolean;
  /** Windows that gave load, and what was wrong with the others. */
  finish(): {
    readonly load: Load;
    readonly windows: number;
    readonly faults: readonly DumpFault[];
    readonly notes: readonly string[];
  };
}

/** `numWindows`: how many will be added; it decides which of them are merged. */
export function createDumpReader(numWindows: number, options: DumpOptions = {}): DumpReader {
  const faults: DumpFault[] = [];
  const notes: string[] = [];
  const { recordedUnder } = options;
  const numEpisodes = Math.max(1, Math.min(options.episodes ?? numWindows, numWindows));
  const episodes: (Float64Array | undefined)[] = new Array(numEpisodes);
  let shape = options.layers === undefined ? undefined : { layers: options.layers, experts: options.experts };
  let added = 0;
  let used = 0;
  if (recordedUnder === undefined) {
    notes.push(
      'the columns count as experts: nothing says that another placement than the base served while they were recorded',
    );
  } else {
    shape = { layers: recordedUnder.layers, experts: recordedUnder.experts };
  }
  let experts = recordedUnder?.experts ?? options.experts;

  const leaveOut = (file: string, code: DumpFault['code'], message: string) => {
    faults.push({ severity: code === 'all-zero' ? 'warning' : 'error', code, file, message });
    return false;
  };

  const add = (file: string, content: string | Uint8Array): boolean => {
    const episode = Math.min(numEpisodes - 1, Math.floor((added++ * numEpisodes) / numWindows));
    let window: DumpWindow;
    try {
      window = parseDumpWindow(content);
    } catch (error) {
      if (!(error instanceof PlacementError)) throw error;
      return leaveOut(file, 'malformed-window', error.message);
    }
    const positions = recordedUnder === undefined ? (experts ?? window.positions) : numPositions(recordedUnder);
    if (shape !== undefined && window.layers !== shape.layers) {
      return leaveOut(file, 'mixed-shapes', `has ${window.layers} layers, ${shape.layers} are expected`);
    }
    if (window.positions !== positions)
      return leaveOut(file, 'wrong-columns', columnsMessage(window.positions, positions, recordedUnder));
    const tokens = recordedUnder === undefined ? window.tokens : tokensOfExperts(window, recordedUnder);
    if (typeof tokens === 'string') return leaveOut(file, 'filler-slots', tokens);
    experts ??= window.positions;
    shape ??= { layers: window.layers, experts };
    const idle = idleLayers(tokens, experts);
    if (idle.length === window.layers) return leaveOut(file, 'all-zero', 'has no tokens at all: an idle minute');
    if (idle.length > 0) {
      const message = `has no tokens in layer ${idle.join(', ')}, but in others`;
      faults.push({ severity: 'warning', code: 'zero-layer', file, message });
    }
    const sum = episodes[episode] ?? new Float64Array(tokens.length);
    episodes[episode] = sum;
    for (let i = 0; i < sum.length; i++) sum[i]! += tokens[i]!;
    used++;
    return true;
  };

  const finish = () => {
    const filled = episodes.filter((tokens) => tokens !== undefined);
    if (filled.length === 0 || shape === undefined || experts === undefined) {
      const first = faults[0];
      const why = first === undefined ? 'there is none' : `${first.file} ${first.message}`;
      throw new PlacementError('bad-load', `no window of the dump can be used: ${why}`);
    }
    const size = shape.layers * experts;
    const tokens = new Float64Array(filled.length * size);
    for (const [i, values] of filled.entries()) tokens.set(values, i * size);
    return { load: { episodes: filled.length, layers: shape.layers, experts, tokens }, windows: used, faults, notes };
  };
  return { add, finish };
}

/** A window's tokens by logical expert, [layer][expert]; a string: why it was not recorded under that placement. */
export function expertTokens(window: DumpWindow, under: Placement): Float64Array | string {
  if (window.layers !== under.layers) return `has ${window.layers} layers, ${under.layers} are expected`;
  const positions = numPositions(under);
  if (window.positions !== positions) return columnsMessage(window.positions, positions, under);
  return tokensOfExperts(window, under);
}

/** OmniPlacement gives every layer as many slots per rank as the widest has. */
function numPositions({ ranks, slotsPerRank }: Placement): number {
  return ranks * slotsPerRank.reduce((a, b) => Math.max(a, b));
}

function columnsMessage(found: number, wanted: number, recordedUnder: Placement | undefined): string {
  if (recordedUnder !== undefined) {
    return `has ${found} columns, the placement it is said to be recorded under has ${wanted} slots`;
  }
  return `has ${found} columns for ${wanted} experts: they are slots of another placement than the base; say which one`;
}

/** Sums the slots of each expert; says what is wrong where tokens came to a slot that holds none. */
function tokensOfExperts(window: DumpWindow, under: Placement): Float64Array | string {
  const tokens = new Float64Array(under.layers * under.experts);
  const perRank = window.positions / under.ranks;
  for (let layer = 0; layer < under.layers; layer++) {
    const held = under.slotsPerRank[layer]!;
    for (let position = 0; position < window.positions; position++) {
      const count = window.tokens[layer * window.positions + position]!;
      const rank = Math.floor(position / perRank);
      const slot = position % perRank;
      const expert = slot < held ? under.slotExpert[under.layerOffset[layer]! + rank * held + slot]! : -1;
      if (expert >= 0) tokens[layer * under.experts + expert]! += count;
      else if (count > 0) {
        return `has ${count} tokens in layer ${layer}, rank ${rank}, slot ${slot}, which is empty in the placement it is said to be recorded under`;
      }
    }
  }
  return tokens;
}

function idleLayers(tokens: Float64Array, experts: number): number[] {
  const idle: number[] = [];
  for (let layer = 0; layer < tokens.length / experts; layer++) {
    if (tokens.subarray(layer * experts, (layer + 1) * experts).every((count) => count === 0)) idle.push(layer);
  }
  return idle;
}
