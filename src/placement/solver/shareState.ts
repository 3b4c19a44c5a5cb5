import { countSources } from './affineShares.ts';
import type { Layer, LayerSlots } from './layer.ts';

/**
 * A layer's placement with the load of every rank in every plane. A plane is one episode under one split, so several
 * episodes, affine routing and the joint of both splits are all the same search over more planes.
 */
export interface ShareState {
  readonly layer: Layer;
  /** whether random moves keep the number of copies of each expert */
  readonly keepsCounts: boolean;
  readonly planes: number;
  /** planes below this one are uniform, the rest affine */
  readonly uniformPlanes: number;
  /** [expert][plane] */
  readonly weight: Float64Array;
  /** [rank][slot], `layer.experts` for an empty slot */
  readonly slotExpert: Int32Array;
  /** [expert + 1] */
  readonly counts: Int32Array;
  /** [expert][copy], rising */
  readonly holders: Int32Array;
  /** [expert][copy], source ranks that use the copy under affine routing */
  readonly sources: Int32Array;
  /** [rank][plane], capability-weighted */
  readonly heights: Float64Array;
  /** [rank][expert + 1], 1 where the rank holds the expert; the empty slot counts as held nowhere */
  readonly held: Uint8Array;
  /** ranks whose heights the move at hand has changed, and what they were */
  readonly touched: Int32Array;
  touchedCount: number;
  readonly isTouched: Uint8Array;
  /** [rank][plane] */
  readonly before: Float64Array;
}

export type Planes = 'uniform' | 'affine' | 'joint';

export function createShareState(layer: Layer, kind: Planes, keepsCounts = layer.copies === layer.experts): ShareState {
  const { experts, ranks, slots, episodes } = layer;
  const uniformPlanes = kind === 'affine' ? 0 : episodes;
  const planes = kind === 'joint' ? 2 * episodes : episodes;
  const weight = new Float64Array(experts * planes);
  for (let expert = 0; expert < experts; expert++) {
    for (let plane = 0; plane < planes; plane++) {
      weight[expert * planes + plane] = layer.weight[(plane % episodes) * experts + expert]!;
    }
  }
  return {
    layer,
    keepsCounts,
    planes,
    uniformPlanes,
    weight,
    slotExpert: new Int32Array(ranks * slots),
    counts: new Int32Array(experts + 1),
    holders: new Int32Array(experts * ranks),
    sources: new Int32Array(experts * ranks),
    heights: new Float64Array(ranks * planes),
    held: new Uint8Array(ranks * (experts + 1)),
    touched: new Int32Array(ranks),
    touchedCount: 0,
    isTouched: new Uint8Array(ranks),
    before: new Float64Array(ranks * planes),
  };
}

/** Sets the state to a placement; -1 or `layer.experts` is an empty slot. */
export function setPlacement(state: ShareState, slots: LayerSlots): void {
  const { layer, slotExpert, counts, holders, held } = state;
  counts.fill(0);
  held.fill(0);
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const expert = slots[slot]! < 0 ? layer.experts : slots[slot]!;
    slotExpert[slot] = expert;
    if (expert === layer.experts) continue;
    const rank = Math.floor(slot / layer.slots);
    holders[expert * layer.ranks + counts[expert]!] = rank;
    counts[expert] = counts[expert]! + 1;
    held[rank * (layer.experts + 1) + expert] = 1;
  }
  refreshHeights(state);
}

/** Sums everything anew: rids the heights of what rounding has piled up. */
export function refreshHeights(state: ShareState): void {
  state.heights.fill(0);
  for (let expert = 0; expert < state.layer.experts; expert++) {
    recountSources(state, expert);
    addLoad(state, expert, 1);
  }
  clearTouched(state);
}

export function recountSources(state: ShareState, expert: number): void {
  const { layer, counts, holders, sources } = state;
  if (state.planes === state.uniformPlanes) return;
  countSources(layer, holders, expert * layer.ranks, counts[expert]!, sources);
}

/** Adds (sign 1) or takes away (sign -1) an expert's load from its holders, noting what they had before the move. */
export function addLoad(state: ShareState, expert: number, sign: number): void {
  const { layer, planes, uniformPlanes, weight, counts, holders, sources, heights } = state;
  const first = expert * layer.ranks;
  const count = counts[expert]!;
  const evenShare = sign / count;
  for (let copy = first; copy < first + count; copy++) {
    const rank = holders[copy]!;
    touch(state, rank);
    const slow = layer.slowness[rank]!;
    const even = evenShare * slow;
    const share = ((sign * sources[copy]!) / layer.ranks) * slow;
    const at = rank * planes;
    const from = expert * planes;
    for (let plane = 0; plane < uniformPlanes; plane++) {
      heights[at + plane] = heights[at + plane]! + weight[from + plane]! * even;
    }
    for (let plane = uniformPlanes; plane < planes; plane++) {
      heights[at + plane] = heights[at + plane]! + weight[from + plane]! * share;
    }
  }
}

export function touch(state: ShareState, rank: number): void {
  const { isTouched, planes, heights, before } = state;
  if (isTouched[rank] === 1) return;
  isTouched[rank] = 1;
  state.touched[state.touchedCount++] = rank;
  for (let at = rank * planes; at < (rank + 1) * planes; at++) before[at] = heights[at]!;
}

export function clearTouched(state: ShareState): void {
  const { touched, isTouched } = state;
  for (let i = 0; i < state.touchedCount; i++) isTouched[touched[i]!] = 0;
  state.touchedCount = 0;
}

/** Puts the heights of touched ranks back, bit for bit. */
export function restoreHeights(state: ShareState): void {
  const { touched, planes, heights, before } = state;
  for (let i = 0; i < state.touchedCount; i++) {
    const rank = touched[i]!;
    for (let at = rank * planes; at < (rank + 1) * planes; at++) heights[at] = before[at]!;
  }
  clearTouched(state);
}

/** Takes `from` out of an expert's holders and puts `to` in; -1 for neither. Loads are the caller's business. */
export function changeHolder(state: ShareState, expert: number, from: number, to: number): void {
  const { layer, counts, holders, held } = state;
  if (expert === layer.experts) return;
  const first = expert * layer.ranks;
  let count = counts[expert]!;
  const stride = layer.experts + 1;
  if (from >= 0) {
    let at = first;
    while (holders[at] !== from) at++;
    count--;
    for (; at < first + count; at++) holders[at] = holders[at + 1]!;
    held[from * stride + expert] = 0;
  }
  if (to >= 0) {
    let at = first + count;
    for (; at > first && holders[at - 1]! > to; at--) holders[at] = holders[at - 1]!;
    holders[at] = to;
    count++;
    held[to * stride + expert] = 1;
  }
  counts[expert] = count;
}

export function isHeld(state: ShareState, rank: number, expert: number): boolean {
  return state.held[rank * (state.layer.experts + 1) + expert] === 1;
}

/** The placement with -1 for empty slots. */
export function emptied(state: ShareState): LayerSlots {
  const slots = state.slotExpert.slice();
  for (let slot = 0; slot < slots.length; slot++) if (slots[slot] === state.layer.experts) slots[slot] = -1;
  return slots;
}
