import type { Layer, LayerSlots } from './layer.ts';
import { hottestHolder, type Residents, residentsOf, setResident, slotsOfResidents } from './transition.ts';

/** evictions that a rank costs which stays above the target: any other comes first */
const UNREACHED_TARGET = 1000;

/**
 * The old placement brought to new counts under a target height: missing copies go in big first, each to the rank
 * that has to give up the fewest old residents for it; who is given up is smaller than who comes, and goes in later.
 * The only good start for heavy skew, where the residents of the ranks that take big copies must go anyway.
 * Returns null where some copy finds no rank.
 */
export function insertUnder(
  layer: Layer,
  weight: Float64Array,
  old: LayerSlots,
  counts: Int32Array,
  target: number,
): LayerSlots | null {
  const { experts } = layer;
  const unit = new Float64Array(experts);
  for (let expert = 0; expert < experts; expert++) unit[expert] = weight[expert]! / counts[expert]!;
  const state = residentsOf(layer, old, unit);
  const missing = counts.slice(0, experts);
  const insertion: Insertion = { state, target, origin: state.held.slice(), missing };
  for (let rank = 0; rank < layer.ranks; rank++) {
    const first = rank * state.perRank;
    for (const expert of state.places.subarray(first, first + state.filled[rank]!))
      missing[expert] = missing[expert]! - 1;
  }
  for (let expert = 0; expert < experts; expert++) {
    for (; missing[expert]! < 0; missing[expert] = missing[expert]! + 1)
      setResident(state, hottestHolder(state, expert), expert, -1);
  }
  for (let rank = 0; rank < layer.ranks; rank++) {
    for (let surplus = state.filled[rank]! - layer.slots; surplus > 0; surplus--) {
      evict(insertion, rank, 0, Number.POSITIVE_INFINITY);
    }
  }
  const order = Int32Array.from({ length: experts }, (_, expert) => expert);
  order.sort((a, b) => unit[b]! - unit[a]! || a - b);
  for (const expert of order) {
    for (; missing[expert]! > 0; missing[expert] = missing[expert]! - 1) {
      if (!insert(insertion, expert)) return null;
    }
  }
  return slotsOfResidents(state);
}

interface Insertion {
  readonly state: Residents;
  /** height that no rank should exceed */
  readonly target: number;
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  /** [expert], copies to put in */
  readonly missing: Int32Array;
}

function insert(insertion: Insertion, expert: number): boolean {
  const { state, target } = insertion;
  const { layer, unit } = state;
  const { experts, ranks, slots, slowness } = layer;
  let bestRank = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let rank = 0; rank < ranks; rank++) {
    if (state.held[rank * experts + expert] === 1) continue;
    const cost = evictionCost(insertion, rank, expert);
    if (cost >= bestCost) continue;
    bestCost = cost;
    bestRank = rank;
  }
  if (bestRank < 0) return false;
  const needed = () => state.heights[bestRank]! + unit[expert]! * slowness[bestRank]! - target;
  while (state.filled[bestRank]! >= slots || needed() > 1e-12) {
    if (!evict(insertion, bestRank, needed(), unit[expert]!)) break;
  }
  if (state.filled[bestRank]! >= slots) return false;
  setResident(state, bestRank, expert, 1);
  return true;
}

/**
 * Old residents that would have to go, and in the fraction how high the rank would stand: full ranks come after ranks
 * with room, ranks that stay above the target last.
 */
function evictionCost({ state, target, origin }: Insertion, rank: number, expert: number): number {
  const { layer, unit } = state;
  const { experts, slots, slowness } = layer;
  const over = state.heights[rank]! + unit[expert]! * slowness[rank]! - target;
  const first = rank * experts;
  let evicted = 0;
  let left = over;
  let places = state.filled[rank]! - slots + 1;
  let limit = unit[expert]!;
  while (left > 1e-12 || places > 0) {
    const leaver = leaverFor(state, rank, left, limit);
    if (leaver < 0) break;
    evicted += origin[first + leaver] === 1 ? 1 : 0.01;
    left -= unit[leaver]! * slowness[rank]!;
    places--;
    limit = Math.min(limit, unit[leaver]!);
    if (left <= 1e-12 && places <= 0) break;
  }
  if (places > 0) return Number.POSITIVE_INFINITY;
  const excess = left > 1e-12 ? UNREACHED_TARGET * (1 + left) : 0;
  return evicted + excess + Math.max(0, state.heights[rank]! - Math.max(0, over - left)) * 0.1;
}

/** Takes one resident smaller than `limit` off the rank; false where there is none. */
function evict({ state, missing }: Insertion, rank: number, over: number, limit: number): boolean {
  const leaver = leaverFor(state, rank, over, limit);
  if (leaver < 0) return false;
  setResident(state, rank, leaver, -1);
  missing[leaver] = missing[leaver]! + 1;
  return true;
}

/** The smallest resident that brings the rank under the target at once, else the largest, below `limit`. */
function leaverFor(
  { layer, unit, perRank, places, filled }: Residents,
  rank: number,
  over: number,
  limit: number,
): number {
  const slow = layer.slowness[rank]!;
  const first = rank * perRank;
  let smallest = -1;
  let largest = -1;
  for (let at = first; at < first + filled[rank]!; at++) {
    const expert = places[at]!;
    const load = unit[expert]!;
    if (load >= limit) continue;
    if (load * slow >= over && (smallest < 0 || isBelow(unit, expert, smallest))) smallest = expert;
    if (largest < 0 || load > unit[largest]! || (load === unit[largest]! && expert < largest)) largest = expert;
  }
  return smallest >= 0 ? smallest : largest;
}

function isBelow(unit: Float64Array, expert: number, other: number): boolean {
  return unit[expert]! < unit[other]! || (unit[expert] === unit[other] && expert < other);
}
