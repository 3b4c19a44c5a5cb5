import { countSources } from './affineShares.ts';
import { type Alpha, raised } from './counts.ts';
import type { Layer } from './layer.ts';

/**
 * What c copies of an expert are worth under affine routing, at the best of the templates m hosts x n copies: source
 * ranks are whole, so 12 copies on 32 ranks serve 2 or 3 of them each and are no better than 11.
 */
export interface ShareTable {
  /** [copies], the largest share of a copy */
  readonly largest: Float64Array;
  /** [copies], half the sum of |share - 1 / copies|: load that stands elsewhere than uniform split would have it */
  readonly uneven: Float64Array;
}

export function tabulateShares(layer: Layer): ShareTable {
  const { ranks, ranksPerHost, hosts, maxCopies } = layer;
  const largest = new Float64Array(maxCopies + 1).fill(Number.POSITIVE_INFINITY);
  const uneven = new Float64Array(maxCopies + 1).fill(Number.POSITIVE_INFINITY);
  const holders = new Int32Array(ranks);
  const sources = new Int32Array(ranks);
  for (let perHost = 1; perHost <= ranksPerHost; perHost++) {
    for (let used = 1; used <= hosts && used * perHost <= maxCopies; used++) {
      const count = writeTemplate(layer, used, perHost, holders);
      if (count === 0) continue;
      countSources(layer, holders, 0, count, sources);
      let most = 0;
      let away = 0;
      for (let copy = 0; copy < count; copy++) {
        const share = sources[copy]! / ranks;
        most = Math.max(most, share);
        away += Math.abs(share - 1 / count) / 2;
      }
      if (most > largest[count]! || (most === largest[count]! && away >= uneven[count]!)) continue;
      largest[count] = most;
      uneven[count] = away;
    }
  }
  return { largest, uneven };
}

/** The i-th copy in each host on a rank with rank % n == i, if the host has such ranks in a row. */
function writeTemplate(layer: Layer, used: number, perHost: number, holders: Int32Array): number {
  const { ranks, ranksPerHost } = layer;
  let count = 0;
  for (let host = 0; host < used; host++) {
    const first = host * ranksPerHost;
    const end = Math.min(ranks, first + ranksPerHost);
    if (end - first < perHost) return 0;
    let start = Math.ceil(first / perHost) * perHost;
    if (start + perHost > end) start = first;
    for (let i = 0; i < perHost; i++) holders[count++] = start + i;
  }
  return count;
}

/** [tolerance for unevenness, theta, alpha] in mean rank loads */
export type AffineCountRule = readonly [number, number, Alpha];

/**
 * Counts for affine routing: the fewest copies whose largest share keeps the unit load below theta and, where both
 * splits matter, whose unevenness stays below `tolerance` mean rank loads. Spare copies go to arg-max weight^alpha / c
 * in steps to the next such count, and last to experts for whom unevenness weighs least.
 * Returns false when the floor alone needs more copies than there are.
 */
export function countAffine(
  layer: Layer,
  weight: Float64Array,
  table: ShareTable,
  [tolerance, theta, alpha]: AffineCountRule,
  counts: Int32Array,
): boolean {
  const { experts, maxCopies } = layer;
  let spare = layer.copies;
  for (let expert = 0; expert < experts; expert++) {
    const least = layer.leastCopies[expert]!;
    let count = least;
    while (count < maxCopies && !suits(table, count, weight[expert]!, theta, tolerance)) count++;
    if (!suits(table, count, weight[expert]!, Number.POSITIVE_INFINITY, tolerance)) count = least;
    counts[expert] = count;
    spare -= count;
  }
  if (spare < 0) return false;
  while (spare > 0) {
    let neediest = -1;
    let most = -1;
    let step = 0;
    for (let expert = 0; expert < experts; expert++) {
      const count = counts[expert]!;
      let next = count + 1;
      while (next <= maxCopies && !suits(table, next, weight[expert]!, Number.POSITIVE_INFINITY, tolerance)) next++;
      if (next > maxCopies || next - count > spare) continue;
      const need = (raised(weight[expert]!, alpha) + 1e-9) / count;
      if (need <= most) continue;
      most = need;
      neediest = expert;
      step = next - count;
    }
    if (neediest < 0) return spreadRest(layer, weight, spare, counts);
    counts[neediest] = counts[neediest]! + step;
    spare -= step;
  }
  return true;
}

function suits(table: ShareTable, count: number, weight: number, theta: number, tolerance: number): boolean {
  return weight * table.largest[count]! <= theta && weight * table.uneven[count]! <= tolerance;
}

/** To the coolest experts, one each in turn: their unevenness is small whatever their count. */
function spreadRest(layer: Layer, weight: Float64Array, spare: number, counts: Int32Array): boolean {
  const order = Int32Array.from({ length: layer.experts }, (_, expert) => expert);
  order.sort((a, b) => weight[a]! - weight[b]! || a - b);
  for (let left = spare; left > 0; ) {
    const before = left;
    for (const expert of order) {
      if (left === 0 || counts[expert]! >= layer.maxCopies) continue;
      counts[expert] = counts[expert]! + 1;
      left--;
    }
    if (left === before) return false;
  }
  return true;
}
