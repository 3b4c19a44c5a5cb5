import type { Random } from '../random.ts';
import type { Layer } from './layer.ts';
import { bestSwap, exchange, swap, swapDescent } from './swapDescent.ts';
import { holds, hottestRank, type Table } from './table.ts';
import { isTimeUp } from './timeLimit.ts';

/** most swaps of one descent */
const SWAPS = 1000;
/** Successes after which trials are counted from 0 again; ordinary layers have up to 3. */
const MOST_RESTARTS = 100;
/** What the peak must fall by to count as lower: sums in another order differ by less. */
const LEAST_FALL = 1e-12;

/**
 * Where no swap helps the hottest rank any more: two cool ranks exchange an expert each, and the exchange is kept if
 * the hottest rank then has a swap with one of them that helps. The peak never rises. Stops at `target` or after
 * `trials` exchanges in a row without success. Where ranks tie for the hottest, a success may leave the peak as it is:
 * each of the tied ranks has to be lowered once, so no more than that many such successes in a row count. Returns the
 * peak.
 */
export function threeRankSearch(layer: Layer, table: Table, target: number, trials: number, random: Random): number {
  const { ranks, slots, slowness } = layer;
  const { slotExpert, counts, unit, height } = table;
  let peak = swapDescent(layer, table, target, SWAPS);
  if (ranks < 3) return peak;
  let hot = hottestRank(height);
  let restarts = 0;
  let successesAtPeak = 0;
  let step = 0;
  for (let trial = 0; trial < trials && peak > target; trial++) {
    if (isTimeUp(layer, step++)) break;
    const slotA = random.below(ranks * slots);
    const slotB = random.below(ranks * slots);
    const rankA = (slotA / slots) | 0;
    const rankB = (slotB / slots) | 0;
    if (rankA === rankB || rankA === hot || rankB === hot) continue;
    const expertA = slotExpert[slotA]!;
    const expertB = slotExpert[slotB]!;
    const difference = unit[expertA]! - unit[expertB]!;
    if (difference === 0) continue;
    if (height[rankA]! - difference * slowness[rankA]! >= peak) continue;
    if (height[rankB]! + difference * slowness[rankB]! >= peak) continue;
    if (counts[expertA]! > 1 && holds(layer, slotExpert, rankB, expertA)) continue;
    if (counts[expertB]! > 1 && holds(layer, slotExpert, rankA, expertB)) continue;
    exchange(layer, table, slotA, slotB);
    const limit = peak - LEAST_FALL;
    const cooler = height[rankA]! < height[rankB]! ? rankA : rankB;
    const helps =
      bestSwap(layer, table, hot, cooler, limit) ||
      bestSwap(layer, table, hot, cooler === rankA ? rankB : rankA, limit);
    if (helps) {
      exchange(layer, table, swap.hotSlot, swap.coldSlot);
      peak = swapDescent(layer, table, target, SWAPS);
      hot = hottestRank(height);
      successesAtPeak = peak < limit ? 0 : successesAtPeak + 1;
      if (successesAtPeak < ranks && ++restarts <= MOST_RESTARTS) trial = -1;
    } else {
      exchange(layer, table, slotOf(layer, table, rankA, expertB), slotOf(layer, table, rankB, expertA));
    }
  }
  return peak;
}

function slotOf(layer: Layer, table: Table, rank: number, expert: number): number {
  return table.slotExpert.indexOf(expert, rank * layer.slots);
}
