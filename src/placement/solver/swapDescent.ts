import type { Layer } from './layer.ts';
import { holds, hottestRank, measureRank, replaceSlot, type Table } from './table.ts';

/**
 * Lowers the hottest rank by the best swap with another rank until none helps, `target` is met or `maxSwaps` are made.
 * Returns the peak.
 */
export function swapDescent(layer: Layer, table: Table, target: number, maxSwaps: number): number {
  const { ranks } = layer;
  const { height } = table;
  let hot = hottestRank(height);
  for (let swaps = 0; swaps < maxSwaps && height[hot]! > target; swaps++) {
    let best = height[hot]! - 1e-12;
    let bestHot = -1;
    let bestCold = -1;
    for (let cold = 0; cold < ranks; cold++) {
      if (cold === hot || !bestSwap(layer, table, hot, cold, best)) continue;
      best = swap.peak;
      bestHot = swap.hotSlot;
      bestCold = swap.coldSlot;
      if (best <= target) break;
    }
    if (bestHot < 0) break;
    exchange(layer, table, bestHot, bestCold);
    hot = hottestRank(height);
  }
  return height[hot]!;
}

/** The last swap found by `bestSwap`; one object, because this is the innermost loop. */
export const swap = { peak: 0, hotSlot: -1, coldSlot: -1 };

/**
 * The exchange of one expert of `hot` with one of `cold` that leaves the lower peak of both, if it is below `limit`.
 * Both ranks are in falling unit load, so two pointers see every pair around the wanted difference.
 */
export function bestSwap(layer: Layer, table: Table, hot: number, cold: number, limit: number): boolean {
  const { slots, slowness } = layer;
  const { slotExpert, counts, unit, height } = table;
  const hotHeight = height[hot]!;
  const coldHeight = height[cold]!;
  const hotSlow = slowness[hot]!;
  const coldSlow = slowness[cold]!;
  const wanted = (hotHeight - coldHeight) / (hotSlow + coldSlow);
  if (wanted <= 0 || hotHeight - wanted * hotSlow >= limit) return false;
  const hotEnd = (hot + 1) * slots;
  const coldEnd = (cold + 1) * slots;
  let found = false;
  let j = cold * slots;
  for (let i = hot * slots; i < hotEnd; i++) {
    const hotExpert = slotExpert[i]!;
    const give = unit[hotExpert]!;
    if (give <= 0) break;
    while (j < coldEnd && give - unit[slotExpert[j]!]! < wanted) j++;
    // the pair just below the wanted difference, then the one at or above it
    for (let k = j - 1; k <= j; k++) {
      if (k < cold * slots || k >= coldEnd) continue;
      const coldExpert = slotExpert[k]!;
      const difference = give - unit[coldExpert]!;
      const hotAfter = hotHeight - difference * hotSlow;
      const coldAfter = coldHeight + difference * coldSlow;
      const peak = Math.max(hotAfter, coldAfter);
      if (peak >= limit) continue;
      if (counts[hotExpert]! > 1 && holds(layer, slotExpert, cold, hotExpert)) continue;
      if (counts[coldExpert]! > 1 && holds(layer, slotExpert, hot, coldExpert)) continue;
      limit = peak;
      swap.peak = peak;
      swap.hotSlot = i;
      swap.coldSlot = k;
      found = true;
    }
  }
  return found;
}

export function exchange(layer: Layer, table: Table, slotA: number, slotB: number): void {
  const { slotExpert } = table;
  const expertA = slotExpert[slotA]!;
  const expertB = slotExpert[slotB]!;
  replaceSlot(layer, table, slotA, expertB);
  replaceSlot(layer, table, slotB, expertA);
  measureRank(layer, table, Math.floor(slotA / layer.slots));
  measureRank(layer, table, Math.floor(slotB / layer.slots));
}
