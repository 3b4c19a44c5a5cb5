import { emptyPlacement, type Placement, parseNpy } from '../placement/index.ts';

/** What an engine that swaps experts while it serves says of itself: `live-map/engine.json` (docs/live-map.md). */
export interface LiveEngine {
  /** of rank 0, in its container */
  readonly pid: number;
  readonly layers: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  readonly experts: number;
  /** swaps applied since its start */
  readonly epoch: number;
}

/** A map and the first recordstep that was recorded under it. */
export interface LiveMap {
  readonly epoch: number;
  readonly fromStep: number;
  readonly placement: Placement;
}

export interface SwapRequest {
  readonly id: string;
  readonly baseEpoch: number;
  readonly layers: readonly { readonly layer: number; readonly slots: Int32Array }[];
}

export interface SwapAnswer {
  readonly id: string;
  readonly state: 'applied' | 'refused';
  readonly reason: string;
  readonly epoch: number;
  readonly fromStep: number;
}

/** @throws Error for what no engine of this contract writes */
export function parseLiveEngine(text: string): LiveEngine {
  const said = objectOf(text);
  return {
    pid: whole(said, 'pid', 1),
    layers: whole(said, 'layers', 1),
    ranks: whole(said, 'ranks', 1),
    slotsPerRank: whole(said, 'slots_per_rank', 1),
    experts: whole(said, 'experts', 1),
    epoch: whole(said, 'epoch', 0),
  };
}

/** @param about `maps/<epoch>.json` @param npy `maps/<epoch>.npy`, int32 (layers, ranks, slots) @throws Error */
export function parseLiveMap(about: string, npy: Uint8Array, { layers, ranks, slotsPerRank, experts }: LiveEngine) {
  const said = objectOf(about);
  const { shape, data } = parseNpy(npy);
  if (shape.join() !== [layers, ranks, slotsPerRank].join())
    throw new Error(`its shape is (${shape.join(', ')}), the engine says (${layers}, ${ranks}, ${slotsPerRank})`);
  const placement = emptyPlacement(layers, ranks, experts, slotsPerRank);
  for (let slot = 0; slot < data.length; slot++) {
    const expert = data[slot]!;
    if (!Number.isInteger(expert) || expert < -1 || expert >= experts)
      throw new Error(`it has expert ${expert}, the engine has ${experts}`);
    placement.slotExpert[slot] = expert;
  }
  return { epoch: whole(said, 'epoch', 0), fromStep: whole(said, 'from_step', 0), placement } satisfies LiveMap;
}

/** Null: it answers a request that could not even be read. @throws Error */
export function parseSwapAnswer(text: string): SwapAnswer | null {
  const said = objectOf(text);
  const { id, state, reason } = said;
  if (typeof id !== 'string') return null;
  if (state !== 'applied' && state !== 'refused') throw new Error(`its state is ${JSON.stringify(state)}`);
  const applied = state === 'applied';
  return {
    id,
    state,
    reason: String(reason ?? ''),
    epoch: applied ? whole(said, 'epoch', 0) : 0,
    fromStep: applied ? whole(said, 'from_step', 0) : 0,
  };
}

/** `live-map/request.json`. */
export function swapRequestText({ id, baseEpoch, layers }: SwapRequest, ranks: number): string {
  const rows = layers.map(({ layer, slots }) => {
    const width = slots.length / ranks;
    const ofRank = (rank: number) => Array.from(slots.subarray(rank * width, (rank + 1) * width));
    return { layer, slots: Array.from({ length: ranks }, (_, rank) => ofRank(rank)) };
  });
  return `${JSON.stringify({ version: 1, id, base_epoch: baseEpoch, layers: rows })}\n`;
}

type Said = Readonly<Record<string, unknown>>;

function objectOf(text: string): Said {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no JSON object');
  const said = value as Said;
  // a later form may mean something else by the same words
  if (said.version !== undefined && said.version !== 1)
    throw new Error(`it is of version ${said.version}, 1 is understood`);
  return said;
}

function whole(said: Said, key: string, least: number): number {
  const value = said[key];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`its ${key} is ${JSON.stringify(value)}`);
}
