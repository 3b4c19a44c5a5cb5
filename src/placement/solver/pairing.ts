import type { Random } from '../random.ts';
import type { Layer } from './layer.ts';
import { holds, measureRank, setUnits, type Table } from './table.ts';
import { isTimeUp } from './timeLimit.ts';

/** evaluations in a row without gain */
const PATIENCE = 4000;
/** energy of a rank that would hold an expert twice: as of an excess of 0.18 */
const SELF_PAIR = 1e-3;

/**
 * Two slots per rank and equal ranks: the best placement of given counts pairs the largest unit load with the
 * smallest, so only the counts are searched. A copy goes from one expert to another while the energy (fourth
 * powers of the excess over the mean, so nearly all of it in the hottest pairs) falls. Improves `table.counts`, then places them.
 * Returns the peak.
 */
export function searchPairedCounts(
  layer: Layer,
  table: Table,
  target: number,
  evaluations: number,
  random: Random,
): number {
  const { experts, maxCopies, meanWeight: weight } = layer;
  const { counts } = table;
  const change: CopyMoved = { giverWeight: 0, giverCount: 0, takerWeight: 0, takerCount: 0 };
  const total = layer.ranks * 2;
  let sorted: Float64Array = sortedUnits(layer, weight, counts, total);
  let next: Float64Array = new Float64Array(total);
  let energy = pairEnergy(sorted, total);
  const enough = (target - 1) ** 4;
  let sinceGain = 0;
  for (let evaluation = 0; evaluation < evaluations && sinceGain < PATIENCE; evaluation++) {
    if (isTimeUp(layer, evaluation)) break;
    const giver = random.below(experts);
    const taker = random.below(experts);
    sinceGain++;
    if (giver === taker || counts[giver]! <= layer.leastCopies[giver]! || counts[taker]! >= maxCopies) continue;
    change.giverWeight = weight[giver]!;
    change.giverCount = counts[giver]!;
    change.takerWeight = weight[taker]!;
    change.takerCount = counts[taker]!;
    exchangeUnits(sorted, next, change);
    const changed = pairEnergy(next, total);
    if (changed >= energy - 1e-18) continue;
    energy = changed;
    counts[giver] = counts[giver]! - 1;
    counts[taker] = counts[taker]! + 1;
    const spare = sorted;
    sorted = next;
    next = spare;
    sinceGain = 0;
    if (energy <= enough) break;
  }
  return pairUp(layer, weight, table);
}

/** In falling order. */
function sortedUnits(layer: Layer, weight: Float64Array, counts: Int32Array, total: number): Float64Array {
  const sorted = new Float64Array(total);
  let at = 0;
  for (let expert = 0; expert < layer.experts; expert++) {
    const unit = weight[expert]! / counts[expert]!;
    for (let copy = counts[expert]!; copy > 0; copy--) sorted[at++] = unit;
  }
  return sorted.sort().reverse();
}

function pairEnergy(sorted: Float64Array, total: number): number {
  let energy = 0;
  for (let i = 0, j = total - 1; i < j; i++, j--) {
    const big = sorted[i]!;
    const small = sorted[j]!;
    const excess = big + small - 1;
    if (excess > 0) energy += excess * excess * excess * excess;
    // equal units are nearly always one expert twice on a rank, which has to be mended afterwards
    if (big === small && big > 0) energy += SELF_PAIR;
  }
  return energy;
}

/** A copy that goes from one expert to another; counts are those before. */
interface CopyMoved {
  giverWeight: number;
  giverCount: number;
  takerWeight: number;
  takerCount: number;
}

/**
 * `from` with the units of the giver at one copy less and of the taker at one copy more. As many go as come, so only
 * the stretch between the largest and the smallest of the four values has to be merged.
 */
function exchangeUnits(from: Float64Array, to: Float64Array, change: CopyMoved): void {
  const { giverWeight, giverCount, takerWeight, takerCount } = change;
  const total = from.length;
  const giverOld = giverWeight / giverCount;
  const giverNew = giverWeight / (giverCount - 1);
  const takerOld = takerWeight / takerCount;
  const takerNew = takerWeight / (takerCount + 1);
  const high = Math.max(giverNew, takerOld);
  const low = Math.min(giverOld, takerNew);
  let giverDrop = giverCount;
  let takerDrop = takerCount;
  let giverAdd = giverCount - 1;
  let takerAdd = takerCount + 1;
  to.set(from);
  let at = firstAtMost(from, total, high);
  for (let i = at; i < total; i++) {
    const value = from[i]!;
    while (giverAdd > 0 && giverNew >= value && (takerAdd === 0 || giverNew >= takerNew)) {
      to[at++] = giverNew;
      giverAdd--;
    }
    while (takerAdd > 0 && takerNew >= value) {
      to[at++] = takerNew;
      takerAdd--;
    }
    while (giverAdd > 0 && giverNew >= value) {
      to[at++] = giverNew;
      giverAdd--;
    }
    if (value < low) return;
    if (giverDrop > 0 && value === giverOld) giverDrop--;
    else if (takerDrop > 0 && value === takerOld) takerDrop--;
    else to[at++] = value;
  }
  while (giverAdd > 0 && giverNew >= takerNew) {
    to[at++] = giverNew;
    giverAdd--;
  }
  for (; takerAdd > 0; takerAdd--) to[at++] = takerNew;
  for (; giverAdd > 0; giverAdd--) to[at++] = giverNew;
}

/** In a falling array. */
function firstAtMost(sorted: Float64Array, total: number, value: number): number {
  let low = 0;
  let high = total;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Largest with smallest; where that is the same expert twice, partners are exchanged with the next best rank. */
function pairUp(layer: Layer, weight: Float64Array, table: Table): number {
  const { experts, ranks } = layer;
  const { counts, unit, slotExpert } = table;
  setUnits(layer, weight, table);
  const order = Array.from({ length: experts }, (_, expert) => expert).sort((a, b) => unit[b]! - unit[a]! || a - b);
  let at = 0;
  for (const expert of order) {
    for (let copy = 0; copy < counts[expert]!; copy++, at++) {
      slotExpert[at < ranks ? at * 2 : (2 * ranks - 1 - at) * 2 + 1] = expert;
    }
  }
  for (let rank = 0; rank < ranks; rank++)
    if (slotExpert[rank * 2] === slotExpert[rank * 2 + 1]) separate(layer, table, rank);
  let peak = 0;
  for (let rank = 0; rank < ranks; rank++) peak = Math.max(peak, measureRank(layer, table, rank));
  return peak;
}

function separate(layer: Layer, table: Table, rank: number): void {
  const { slotExpert, unit } = table;
  const expert = slotExpert[rank * 2]!;
  let best = Number.POSITIVE_INFINITY;
  let bestSlot = -1;
  for (let other = 0; other < layer.ranks; other++) {
    if (holds(layer, slotExpert, other, expert)) continue;
    for (let slot = other * 2; slot < other * 2 + 2; slot++) {
      const stays = unit[slotExpert[slot ^ 1]!]!;
      const peak = Math.max(stays + unit[expert]!, unit[slotExpert[slot]!]! + unit[expert]!);
      if (peak < best) {
        best = peak;
        bestSlot = slot;
      }
    }
  }
  if (bestSlot < 0) return;
  slotExpert[rank * 2 + 1] = slotExpert[bestSlot]!;
  slotExpert[bestSlot] = expert;
  orderPair(table, rank);
  orderPair(table, bestSlot >> 1);
}

/** A rank stays in falling unit load. */
function orderPair(table: Table, rank: number): void {
  const { slotExpert, unit } = table;
  const first = slotExpert[rank * 2]!;
  const second = slotExpert[rank * 2 + 1]!;
  if (unit[first]! >= unit[second]!) return;
  slotExpert[rank * 2] = second;
  slotExpert[rank * 2 + 1] = first;
}
