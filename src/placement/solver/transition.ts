import type { Layer, LayerSlots } from './layer.ts';

/**
 * The old placement brought to new counts with few moves: surplus copies go from the hottest holders, ranks with too
 * many experts give up their coolest, missing copies go big first to the coolest rank with room. `old` is
 * [rank][slot] with any number of slots, and may hold an expert twice on a rank or miss one.
 * Returns null where a missing copy finds no rank.
 */
export function transitionTo(
  layer: Layer,
  weight: Float64Array,
  old: LayerSlots,
  counts: Int32Array,
): LayerSlots | null {
  const { experts, ranks, slots } = layer;
  const unit = new Float64Array(experts);
  for (let expert = 0; expert < experts; expert++) unit[expert] = weight[expert]! / counts[expert]!;
  const state = residentsOf(layer, old, unit);
  const kept = new Int32Array(experts);
  for (let at = 0; at < state.held.length; at++) kept[at % experts] = kept[at % experts]! + state.held[at]!;
  for (let expert = 0; expert < experts; expert++) {
    for (; kept[expert]! > counts[expert]!; kept[expert] = kept[expert]! - 1) {
      setResident(state, hottestHolder(state, expert), expert, -1);
    }
  }
  for (let rank = 0; rank < ranks; rank++) {
    while (state.filled[rank]! > slots) {
      const expert = coolestOn(state, rank);
      setResident(state, rank, expert, -1);
      kept[expert] = kept[expert]! - 1;
    }
  }
  const order = Int32Array.from({ length: experts }, (_, expert) => expert);
  order.sort((a, b) => unit[b]! - unit[a]! || a - b);
  for (const expert of order) {
    for (; kept[expert]! < counts[expert]!; kept[expert] = kept[expert]! + 1) {
      const rank = coolestWithRoom(layer, state, expert);
      if (rank >= 0) setResident(state, rank, expert, 1);
      else if (!makeRoomByExchange(state, expert)) return null;
    }
  }
  return slotsOfResidents(state);
}

export interface Residents {
  readonly layer: Layer;
  /** [expert], load of a copy */
  readonly unit: Float64Array;
  /** [rank][expert], 1 where held */
  readonly held: Uint8Array;
  /** [rank][place], the experts held, in no order */
  readonly places: Int32Array;
  readonly perRank: number;
  readonly filled: Int32Array;
  readonly heights: Float64Array;
}

/** What the ranks hold, an expert twice on a rank counted once. */
export function residentsOf(layer: Layer, old: LayerSlots, unit: Float64Array): Residents {
  const { experts, ranks } = layer;
  const perRank = old.length / ranks;
  const most = Math.max(perRank, layer.slots);
  const state: Residents = {
    layer,
    unit,
    held: new Uint8Array(ranks * experts),
    places: new Int32Array(ranks * most),
    perRank: most,
    filled: new Int32Array(ranks),
    heights: new Float64Array(ranks),
  };
  for (let slot = 0; slot < old.length; slot++) {
    const rank = Math.floor(slot / perRank);
    const expert = old[slot]!;
    if (expert >= 0 && state.held[rank * experts + expert] === 0) setResident(state, rank, expert, 1);
  }
  return state;
}

/** Puts an expert on a rank (change 1) or takes it off (change -1). */
export function setResident(state: Residents, rank: number, expert: number, change: 1 | -1): void {
  const { layer, unit, places } = state;
  const first = rank * state.perRank;
  state.held[rank * layer.experts + expert] = change === 1 ? 1 : 0;
  if (change === 1) places[first + state.filled[rank]!] = expert;
  else places[places.indexOf(expert, first)] = places[first + state.filled[rank]! - 1]!;
  state.filled[rank] = state.filled[rank]! + change;
  state.heights[rank] = state.heights[rank]! + change * unit[expert]! * layer.slowness[rank]!;
}

export function slotsOfResidents(state: Residents): LayerSlots {
  const { experts, ranks, slots } = state.layer;
  const result = new Int32Array(ranks * slots).fill(-1);
  for (let rank = 0; rank < ranks; rank++) {
    let at = rank * slots;
    for (let expert = 0; expert < experts; expert++)
      if (state.held[rank * experts + expert] === 1) result[at++] = expert;
  }
  return result;
}

export function hottestHolder({ layer, held, heights }: Residents, expert: number): number {
  let hottest = -1;
  for (let rank = 0; rank < layer.ranks; rank++) {
    if (held[rank * layer.experts + expert] === 0) continue;
    if (hottest < 0 || heights[rank]! > heights[hottest]!) hottest = rank;
  }
  return hottest;
}

function coolestOn({ layer, unit, held }: Residents, rank: number): number {
  let coolest = -1;
  for (let expert = 0; expert < layer.experts; expert++) {
    if (held[rank * layer.experts + expert] === 0) continue;
    if (coolest < 0 || unit[expert]! < unit[coolest]!) coolest = expert;
  }
  return coolest;
}

function coolestWithRoom(layer: Layer, state: Residents, expert: number): number {
  let coolest = -1;
  for (let rank = 0; rank < layer.ranks; rank++) {
    if (state.filled[rank]! >= layer.slots || state.held[rank * layer.experts + expert] === 1) continue;
    if (coolest < 0 || state.heights[rank]! < state.heights[coolest]!) coolest = rank;
  }
  return coolest;
}

/** Every rank with room holds the expert: the coolest other rank takes it and gives one of its own to one with room. */
function makeRoomByExchange(state: Residents, expert: number): boolean {
  const { experts, ranks, slots } = state.layer;
  let bestGiver = -1;
  let bestGiven = -1;
  let bestRoom = -1;
  for (let giver = 0; giver < ranks; giver++) {
    if (state.held[giver * experts + expert] === 1) continue;
    if (bestGiver >= 0 && state.heights[giver]! >= state.heights[bestGiver]!) continue;
    for (let room = 0; room < ranks; room++) {
      if (state.filled[room]! >= slots) continue;
      for (let given = 0; given < experts; given++) {
        if (state.held[giver * experts + given] === 0 || state.held[room * experts + given] === 1) continue;
        bestGiver = giver;
        bestGiven = given;
        bestRoom = room;
      }
    }
  }
  if (bestGiver < 0) return false;
  setResident(state, bestGiver, bestGiven, -1);
  setResident(state, bestRoom, bestGiven, 1);
  setResident(state, bestGiver, expert, 1);
  return true;
}
