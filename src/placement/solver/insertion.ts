import type { Layer, LayerSlots } from './layer.ts';
import { type Residents, residentsOf, setResident, slotsOfResidents } from './transition.ts';

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
  const origin = state.held.slice();
  const missing = counts.slice(0, experts);
  for (let rank = 0; rank < layer.ranks; rank++) {
    const first = rank * state.perRank;
    for (const expert of state.places.subarray(first, first + state.filled[rank]!))
      missing[expert] = missing[expert]! - 1;
  }
  for (let expert = 0; expert < experts; expert++) {
    for (; missing[expert]! < 0; missing[expert] = missing[expert]! + 1) dropHottest(layer, state, unit, expert);
  }
  for (let rank = 0; rank < layer.ranks; rank++) {
    for (let surplus = state.filled[rank]! - layer.slots; surplus > 0; surplus--) {
      evict(layer, state, unit, rank, 0, Number.POSITIVE_INFINITY, missing);
    }
  }
  const order = Int32Array.from({ length: experts }, (_, expert) => expert);
  order.sort((a, b) => unit[b]! - unit[a]! || a - b);
  for (const expert of order) {
    for (; missing[expert]! > 0; missing[expert] = missing[expert]! - 1) {
      if (!insert(layer, state, unit, expert, target, origin, missing)) return null;
    }
  }
  return slotsOfResidents(layer, state);
}

function dropHottest(layer: Layer, state: Residents, unit: Float64Array, expert: number): void {
  let hottest = -1;
  for (let rank = 0; rank < layer.ranks; rank++) {
    if (state.held[rank * layer.experts + expert] === 0) continue;
    if (hottest < 0 || state.heights[rank]! > state.heights[hottest]!) hottest = rank;
  }
  setResident(layer, state, unit, hottest, expert, -1);
}

function insert(
  layer: Layer,
  state: Residents,
  unit: Float64Array,
  expert: number,
  target: number,
  origin: Uint8Array,
  missing: Int32Array,
): boolean {
  const { experts, ranks, slots, slowness } = layer;
  let bestRank = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let rank = 0; rank < ranks; rank++) {
    if (state.held[rank * experts + expert] === 1) continue;
    const over = state.heights[rank]! + unit[expert]! * slowness[rank]! - target;
    const cost = evictionCost(layer, state, unit, rank, expert, over, state.filled[rank]! - slots + 1, origin);
    if (cost >= bestCost) continue;
    bestCost = cost;
    bestRank = rank;
  }
  if (bestRank < 0) return false;
  const needed = () => state.heights[bestRank]! + unit[expert]! * slowness[bestRank]! - target;
  while (state.filled[bestRank]! >= slots || needed() > 1e-12) {
    if (!evict(layer, state, unit, bestRank, needed(), unit[expert]!, missing)) break;
  }
  if (state.filled[bestRank]! >= slots) return false;
  setResident(layer, state, unit, bestRank, expert, 1);
  return true;
}

/**
 * Old residents that would have to go, and in the fraction how high the rank would stand: full ranks come after ranks
 * with room, ranks that stay above the target last.
 */
function evictionCost(
  layer: Layer,
  state: Residents,
  unit: Float64Array,
  rank: number,
  expert: number,
  over: number,
  overfull: number,
  origin: Uint8Array,
): number {
  const { experts, slowness } = layer;
  const first = rank * experts;
  let evicted = 0;
  let left = over;
  let places = overfull;
  let limit = unit[expert]!;
  while (left > 1e-12 || places > 0) {
    const leaver = leaverFor(layer, state, unit, rank, left, limit);
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
function evict(
  layer: Layer,
  state: Residents,
  unit: Float64Array,
  rank: number,
  over: number,
  limit: number,
  missing: Int32Array,
): boolean {
  const leaver = leaverFor(layer, state, unit, rank, over, limit);
  if (leaver < 0) return false;
  setResident(layer, state, unit, rank, leaver, -1);
  missing[leaver] = missing[leaver]! + 1;
  return true;
}

/** The smallest resident that brings the rank under the target at once, else the largest, below `limit`. */
function leaverFor(
  layer: Layer,
  state: Residents,
  unit: Float64Array,
  rank: number,
  over: number,
  limit: number,
): number {
  const { places } = state;
  const slow = layer.slowness[rank]!;
  const first = rank * state.perRank;
  let smallest = -1;
  let largest = -1;
  for (let at = first; at < first + state.filled[rank]!; at++) {
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
