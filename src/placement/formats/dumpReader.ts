import { type Load, type Placement, PlacementError } from '../types.ts';
import { DUMP_WINDOWS, type DumpFault, type DumpWindow, type WindowCodec } from './dump.ts';

const GUESSED =
  'the columns count as experts: nothing says that another placement than the base served while they were recorded';

export interface DumpOptions {
  /** logical experts of the model; default: as the placement has, or the columns of the first window */
  readonly experts?: number | undefined;
  readonly layers?: number | undefined;
  /** what served while the dump was recorded; without it columns count as experts, that is as the base placement */
  readonly recordedUnder?: Placement | undefined;
  /** merge consecutive windows into this many episodes; default: each window is one */
  readonly episodes?: number | undefined;
  /** default: OmniPlacement's */
  readonly codec?: Pick<WindowCodec, 'parse'> | undefined;
}

/** Takes one window after the other; holds no text and, where episodes are merged, no windows. */
export interface DumpReader {
  /** Returns false where the window was left out at once; `faults` says why. */
  add(file: string, content: string | Uint8Array): boolean;
  /** Windows that gave load, and what was wrong with the others, in the order they came. */
  finish(): {
    readonly load: Load;
    readonly windows: number;
    readonly faults: readonly DumpFault[];
    readonly notes: readonly string[];
  };
}

/**
 * `numWindows`: how many will be added; it decides which of them are merged. Where neither options nor a placement say what
 * shape a window has, the shape that most have counts, the first one's in a tie.
 */
export function createDumpReader(numWindows: number, options: DumpOptions = {}): DumpReader {
  const { recordedUnder } = options;
  const numEpisodes = Math.max(1, Math.min(options.episodes ?? numWindows, numWindows));
  const gathered = new Map<string, Gathered>();
  const faults: { readonly window: number; readonly fault: DumpFault }[] = [];
  let added = 0;

  const leaveOut = (window: number, file: string, code: DumpFault['code'], message: string) => {
    faults.push({ window, fault: { severity: code === 'all-zero' ? 'warning' : 'error', code, file, message } });
    return false;
  };

  const add = (file: string, content: string | Uint8Array): boolean => {
    const number = added++;
    const read = tokensOfWindow(content, options);
    if ('code' in read) return leaveOut(number, file, read.code, read.message);
    const { layers, experts, tokens } = read;
    const idle = idleLayers(tokens, experts);
    if (idle.length === layers) return leaveOut(number, file, 'all-zero', 'has no tokens at all: an idle minute');
    if (idle.length > 0) {
      const message = `has no tokens in layer ${idle.join(', ')}, but in others`;
      faults.push({ window: number, fault: { severity: 'warning', code: 'zero-layer', file, message } });
    }
    const shape = `${layers} x ${experts}`;
    const group: Gathered = gathered.get(shape) ?? { layers, experts, episodes: new Array(numEpisodes), files: [] };
    gathered.set(shape, group);
    group.files.push({ window: number, file });
    addEpisode(group, Math.min(numEpisodes - 1, Math.floor((number * numEpisodes) / numWindows)), tokens);
    return true;
  };

  const finish = () => {
    const usual = mostUsual([...gathered.values()]);
    for (const group of gathered.values()) {
      if (group === usual) continue;
      for (const { window, file } of group.files) {
        if (group.layers === usual!.layers)
          leaveOut(window, file, 'wrong-columns', columnsMessage(group.experts, usual!.experts, undefined));
        else leaveOut(window, file, 'mixed-shapes', layersMessage(group.layers, usual!.layers));
      }
    }
    faults.sort((a, b) => a.window - b.window);
    const said = faults.map(({ fault }) => fault);
    if (usual === undefined) {
      const why = said[0] === undefined ? 'there is none' : `${said[0].file} ${said[0].message}`;
      throw new PlacementError('bad-load', `no window of the dump can be used: ${why}`);
    }
    const notes = recordedUnder === undefined ? [GUESSED] : [];
    return { load: loadOf(usual), windows: usual.files.length, faults: said, notes };
  };
  return { add, finish };
}

interface WindowTokens {
  readonly layers: number;
  readonly experts: number;
  /** [layer][expert] */
  readonly tokens: Float64Array;
}

/** A window by logical expert, or why it is left out. */
function tokensOfWindow(
  content: string | Uint8Array,
  options: DumpOptions,
): WindowTokens | Pick<DumpFault, 'code' | 'message'> {
  const { recordedUnder } = options;
  let window: DumpWindow;
  try {
    window = (options.codec ?? DUMP_WINDOWS).parse(content);
  } catch (error) {
    if (!(error instanceof PlacementError)) throw error;
    return { code: 'malformed-window', message: error.message };
  }
  const { layers = window.layers, experts = window.positions } = recordedUnder ?? options;
  if (window.layers !== layers) return { code: 'mixed-shapes', message: layersMessage(window.layers, layers) };
  const positions = recordedUnder === undefined ? experts : numPositions(recordedUnder);
  if (window.positions !== positions) {
    return { code: 'wrong-columns', message: columnsMessage(window.positions, positions, recordedUnder) };
  }
  const tokens = recordedUnder === undefined ? window.tokens : tokensOfExperts(window, recordedUnder);
  return typeof tokens === 'string' ? { code: 'filler-slots', message: tokens } : { layers, experts, tokens };
}

/** Windows of one shape. */
interface Gathered {
  readonly layers: number;
  readonly experts: number;
  /** [episode], sums of tokens */
  readonly episodes: (Float64Array | undefined)[];
  readonly files: { readonly window: number; readonly file: string }[];
}

function addEpisode({ episodes }: Gathered, episode: number, tokens: Float64Array): void {
  const sum = episodes[episode] ?? new Float64Array(tokens.length);
  episodes[episode] = sum;
  for (let i = 0; i < sum.length; i++) sum[i]! += tokens[i]!;
}

function mostUsual(groups: readonly Gathered[]): Gathered | undefined {
  return groups.reduce<Gathered | undefined>(
    (most, group) => (most === undefined || group.files.length > most.files.length ? group : most),
    undefined,
  );
}

function loadOf({ layers, experts, episodes }: Gathered): Load {
  const filled = episodes.filter((sum) => sum !== undefined);
  const tokens = new Float64Array(filled.length * layers * experts);
  for (const [i, sum] of filled.entries()) tokens.set(sum, i * layers * experts);
  return { episodes: filled.length, layers, experts, tokens };
}

/** A window's tokens by logical expert, [layer][expert]; a string: why it was not recorded under that placement. */
export function expertTokens(window: DumpWindow, under: Placement): Float64Array | string {
  if (window.layers !== under.layers) return layersMessage(window.layers, under.layers);
  const positions = numPositions(under);
  if (window.positions !== positions) return columnsMessage(window.positions, positions, under);
  return tokensOfExperts(window, under);
}

/** OmniPlacement gives every layer as many slots per rank as the widest has. */
function numPositions({ ranks, slotsPerRank }: Placement): number {
  return ranks * slotsPerRank.reduce((a, b) => Math.max(a, b));
}

function layersMessage(found: number, wanted: number): string {
  return `has ${found} layers, ${wanted} are expected`;
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
