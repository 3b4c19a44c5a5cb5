import type { Layer, LayerSlots } from './layer.ts';

/** A layer's placement while it is annealed, with what a change needs to know at hand: one load, uniform split. */
export interface AnnealState {
  readonly layer: Layer;
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  /** [rank][slot], `layer.experts` for an empty slot */
  readonly slotExpert: Int32Array;
  /** [rank][slot] */
  readonly unitAt: Float64Array;
  readonly rankAt: Int32Array;
  /** [rank][slot], 1 where the expert has arrived */
  readonly newAt: Uint8Array;
  /** [expert + 1] */
  readonly weight: Float64Array;
  readonly counts: Int32Array;
  /** [expert][copy], in no order */
  readonly holders: Int32Array;
  /** [rank][expert + 1], 1 where the rank holds the expert */
  readonly held: Uint8Array;
  /** [rank], load above the target, negative below it */
  readonly above: Float64Array;
  /** [rank], the experts it held before */
  readonly before: readonly Int32Array[];
  /** [expert], the ranks that held it before */
  readonly homes: readonly Int32Array[];
  /** the slots whose expert has arrived, in no order, and [slot] where each stands among them or -1 */
  arrivals: number;
  readonly arrivalSlots: Int32Array;
  readonly arrivalAt: Int32Array;
}

export function createAnnealState(layer: Layer, start: LayerSlots, origin: Uint8Array, target: number): AnnealState {
  const { experts, ranks, slots } = layer;
  const size = ranks * slots;
  const weight = new Float64Array(experts + 1);
  weight.set(layer.meanWeight);
  const before = Array.from({ length: ranks }, () => [] as number[]);
  const homes = Array.from({ length: experts }, () => [] as number[]);
  for (let at = 0; at < origin.length; at++) {
    if (origin[at] === 0) continue;
    before[(at / experts) | 0]!.push(at % experts);
    homes[at % experts]!.push((at / experts) | 0);
  }
  const state: AnnealState = {
    layer,
    origin,
    slotExpert: start.map((expert) => (expert < 0 ? experts : expert)),
    unitAt: new Float64Array(size),
    rankAt: Int32Array.from({ length: size }, (_, slot) => (slot / slots) | 0),
    newAt: new Uint8Array(size),
    weight,
    counts: new Int32Array(experts + 1),
    holders: new Int32Array(experts * ranks),
    held: new Uint8Array(ranks * (experts + 1)),
    above: new Float64Array(ranks).fill(-target),
    before: before.map((list) => Int32Array.from(list)),
    homes: homes.map((list) => Int32Array.from(list)),
    arrivals: 0,
    arrivalSlots: new Int32Array(size),
    arrivalAt: new Int32Array(size).fill(-1),
  };
  for (let slot = 0; slot < size; slot++) rehome(state, state.slotExpert[slot]!, -1, state.rankAt[slot]!);
  state.counts[experts] = 1;
  for (let slot = 0; slot < size; slot++) {
    noteSlot(state, slot);
    const rank = state.rankAt[slot]!;
    state.above[rank] = state.above[rank]! + state.unitAt[slot]! * layer.slowness[rank]!;
  }
  return state;
}

/** Takes an expert off rank `from` and puts it on rank `to`; -1 for neither. Loads and slots are the caller's business. */
export function rehome(state: AnnealState, expert: number, from: number, to: number): void {
  const { layer, counts, holders, held } = state;
  if (expert === layer.experts) return;
  const first = expert * layer.ranks;
  const stride = layer.experts + 1;
  let at = first + counts[expert]!;
  if (from >= 0) {
    at = first;
    while (holders[at] !== from) at++;
    held[from * stride + expert] = 0;
  }
  if (to >= 0) {
    holders[at] = to;
    held[to * stride + expert] = 1;
    if (from < 0) counts[expert] = counts[expert]! + 1;
    return;
  }
  const last = first + counts[expert]! - 1;
  holders[at] = holders[last]!;
  counts[expert] = counts[expert]! - 1;
}

/** Brings up to date what is known of a slot after its expert has changed. */
export function noteSlot(state: AnnealState, slot: number): void {
  const { slotExpert, arrivalSlots, arrivalAt } = state;
  const expert = slotExpert[slot]!;
  state.unitAt[slot] = state.weight[expert]! / state.counts[expert]!;
  const has = isNew(state, state.rankAt[slot]!, expert);
  state.newAt[slot] = has;
  const at = arrivalAt[slot]!;
  if (has === 1 && at < 0) {
    arrivalAt[slot] = state.arrivals;
    arrivalSlots[state.arrivals++] = slot;
  } else if (has === 0 && at >= 0) {
    const last = arrivalSlots[--state.arrivals]!;
    arrivalSlots[at] = last;
    arrivalAt[last] = at;
    arrivalAt[slot] = -1;
  }
}

/** Brings the slots of an expert up to date whose number of copies has changed. */
export function noteUnit(state: AnnealState, expert: number): void {
  const { layer, slotExpert, unitAt, holders, counts } = state;
  const unit = state.weight[expert]! / counts[expert]!;
  for (let copy = expert * layer.ranks; copy < expert * layer.ranks + counts[expert]!; copy++) {
    let slot = holders[copy]! * layer.slots;
    while (slotExpert[slot] !== expert) slot++;
    unitAt[slot] = unit;
  }
}

/** 1 for an expert that the rank didn't hold before */
export function isNew(state: AnnealState, rank: number, expert: number): number {
  const { experts } = state.layer;
  return expert === experts ? 0 : 1 - state.origin[rank * experts + expert]!;
}
