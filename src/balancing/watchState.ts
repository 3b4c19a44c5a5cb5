import type { SwapRequest } from '../engines/liveSwap.ts';
import { parseJson, ShapeError } from '../files/parseJson.ts';
import type { Placement } from '../placement/index.ts';
import { type StoredPlacement, type StoredWatch, StoredWatchShape } from './watchState.gen.ts';

/** A window with load. */
export interface Episode {
  readonly stamp: string;
  readonly step: number;
  /** [layer][expert] */
  readonly tokens: Float64Array;
  /** by the engine's counters, mean over layers */
  readonly par: number;
}

/** A swap that was asked for and not answered yet. */
export interface Asked extends SwapRequest {
  /** value of `closed` when it had surely been asked for; null: not yet */
  readonly atWindow: number | null;
  readonly movedExperts: number;
  readonly parBefore: number;
  readonly parPredicted: number;
}

/** What `balance --watch` knows of one instance. Data alone: written whole after each round, and all that decisions are made from. */
export interface InstanceState {
  /** of the engine's start whose windows are read; null: none yet */
  readonly stamp: string | null;
  /** newest recordstep of it that was read; 0: none */
  readonly step: number;
  /** the sliding window, newest last */
  readonly episodes: readonly Episode[];
  /** what serves; null: not known */
  readonly serving: Placement | null;
  /** swaps since the engine's start; null: it can't swap */
  readonly epoch: number | null;
  /** what swaps brought about last; after a restart of the engine it is to be had again */
  readonly wanted: Placement | null;
  /** closed windows that were read, ever, and those of them with load */
  readonly closed: number;
  readonly loaded: number;
  /** [layer], value of `loaded` from which on it may move again; empty: all may */
  readonly restsUntil: Int32Array;
  readonly asked: Asked | null;
  /** It did not answer `asked` in time: till it does, or till its next start, only a restart moves its experts. */
  readonly isDeaf: boolean;
  /** The engine was restarted, and `wanted` was not weighed since. */
  readonly restore: boolean;
  /** recordstep from which on windows tell what the last swap brought; null: one has told it, or there was none */
  readonly unmeasuredFrom: number | null;
  readonly par: {
    /** counters, when the last swap was decided on */
    readonly before: number | null;
    /** of the last swap */
    readonly predicted: number | null;
    /** counters, newest window with load */
    readonly after: number | null;
  };
  readonly tally: Tally;
}

/** Counted since the state was begun. */
export interface Tally {
  /** experts that came to a rank that did not hold them */
  readonly moves: number;
  readonly swaps: Readonly<Record<'applied' | 'refused' | 'unanswered', number>>;
  /** layers, by `decision/reason` */
  readonly decisions: Readonly<Record<string, number>>;
}

export const NEW_INSTANCE: InstanceState = {
  stamp: null,
  step: 0,
  episodes: [],
  serving: null,
  epoch: null,
  wanted: null,
  closed: 0,
  loaded: 0,
  restsUntil: new Int32Array(0),
  asked: null,
  isDeaf: false,
  restore: false,
  unmeasuredFrom: null,
  par: { before: null, predicted: null, after: null },
  tally: { moves: 0, swaps: { applied: 0, refused: 0, unanswered: 0 }, decisions: {} },
};

/** All of a cluster: what a controller that starts anew goes on from. */
export interface WatchState {
  readonly cluster: string;
  /** by instance: `D0` */
  readonly instances: Readonly<Record<string, InstanceState>>;
  /** by target: the night whose restart window was used */
  readonly nights: Readonly<Record<string, string>>;
}

export function watchStateText({ cluster, instances, nights }: WatchState): string {
  const told = Object.entries(instances).map(([name, state]) => [
    name,
    {
      ...state,
      episodes: state.episodes.map((one) => ({ ...one, tokens: packed(one.tokens) })),
      serving: placementOut(state.serving),
      wanted: placementOut(state.wanted),
      restsUntil: Array.from(state.restsUntil),
      asked: state.asked && {
        ...state.asked,
        layers: state.asked.layers.map(({ layer, slots }) => ({ layer, slots: Array.from(slots) })),
      },
    },
  ]);
  return `${JSON.stringify({ version: 1, cluster, nights, instances: Object.fromEntries(told) })}\n`;
}

/** @throws Error for another version, or what is no state at all */
export function parseWatchState(text: string): WatchState {
  const { cluster, nights, instances } = stored(text);
  const read = Object.entries(instances).map(([name, stored]): [string, InstanceState] => [
    name,
    {
      ...stored,
      episodes: stored.episodes.map((one) => ({ ...one, tokens: new Float64Array(bytesOf(one.tokens)) })),
      serving: placementIn(stored.serving),
      wanted: placementIn(stored.wanted),
      restsUntil: Int32Array.from(stored.restsUntil),
      asked: stored.asked && {
        ...stored.asked,
        layers: stored.asked.layers.map(({ layer, slots }) => ({ layer, slots: Int32Array.from(slots) })),
      },
    },
  ]);
  return { cluster, nights, instances: Object.fromEntries(read) };
}

function stored(text: string): StoredWatch {
  try {
    return parseJson(text, StoredWatchShape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const version = error.faults.find(({ path }) => path === 'version');
    // of another version nothing else is known
    if (version !== undefined) throw new Error(`it is of version ${version.value}, 1 is understood`, { cause: error });
    throw error.cause ?? error;
  }
}

function placementOut(placement: Placement | null): StoredPlacement | null {
  if (placement === null) return null;
  const { layers, ranks, experts, slotsPerRank, slotExpert } = placement;
  return { layers, ranks, experts, slotsPerRank: Array.from(slotsPerRank), slotExpert: packed(slotExpert) };
}

function placementIn(stored: StoredPlacement | null): Placement | null {
  if (stored === null) return null;
  const { layers, ranks, experts } = stored;
  const slotsPerRank = Int32Array.from(stored.slotsPerRank);
  const layerOffset = new Int32Array(layers + 1);
  for (let layer = 0; layer < layers; layer++)
    layerOffset[layer + 1] = layerOffset[layer]! + ranks * slotsPerRank[layer]!;
  return { layers, ranks, experts, slotsPerRank, layerOffset, slotExpert: new Int32Array(bytesOf(stored.slotExpert)) };
}

/** Numbers as base64: a twentieth of what they take as text, and the same bits when read. */
function packed({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function bytesOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, 'base64');
  return new Uint8Array(bytes).buffer;
}
