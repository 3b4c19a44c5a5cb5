import type { HashSet } from './hashSet.ts';

/** as in the original */
const MAX_SWAPS = 100;

/** A layer while it is changed. Loads are float32. */
export interface State {
  readonly experts: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  /** [rank][slot] */
  readonly slotExpert: Int32Array;
  /** [expert], load of one copy */
  unit: Float32Array;
  rankLoad: Float32Array;
  /** [from][to]: a transfer between them is planned */
  readonly busy: Uint8Array;
  /** [rank]: experts that arrive and therefore stay */
  readonly arrived: readonly Set<number>[];
}

/** Swaps between the hottest rank and the others, coolest first, while one lowers the pair's higher load enough. */
export function swapDown(
  { ranks, unit, rankLoad, busy, arrived }: State,
  held: readonly HashSet[],
  threshold: number,
): number {
  for (let swaps = 0; ; swaps++) {
    const order = Array.from(rankLoad, (_, rank) => rank).sort((a, b) => rankLoad[a]! - rankLoad[b]! || a - b);
    const hottest = order.pop()!;
    // the original makes a hundredth swap, but goes by the load before it
    const highest = rankLoad[hottest]!;
    const swapped = order.some((other) => {
      if (busy[other * ranks + hottest]! > 0 || busy[hottest * ranks + other]! > 0) return false;
      const hot = { held: held[hottest]!, arrived: arrived[hottest]!, load: highest };
      const cool = { held: held[other]!, arrived: arrived[other]!, load: rankLoad[other]! };
      const swap = bestSwap(unit, hot, cool);
      if (swap === undefined || highest - swap.height < threshold) return false;
      hot.held.delete(swap.out);
      cool.held.delete(swap.back);
      hot.held.add(swap.back);
      cool.held.add(swap.out);
      hot.arrived.add(swap.back);
      cool.arrived.add(swap.out);
      rankLoad[hottest] = highest + Math.fround(unit[swap.back]! - unit[swap.out]!);
      rankLoad[other] = cool.load + Math.fround(unit[swap.out]! - unit[swap.back]!);
      busy[other * ranks + hottest] = 1;
      busy[hottest * ranks + other] = 1;
      return true;
    });
    if (!swapped || swaps === MAX_SWAPS - 1) return highest;
  }
}

interface Side {
  readonly held: HashSet;
  readonly arrived: Set<number>;
  readonly load: number;
}

function bestSwap(unit: Float32Array, hot: Side, cool: Side) {
  let best: { out: number; back: number; height: number } | undefined;
  let height = hot.load;
  for (const out of hot.held) {
    if (cool.held.has(out) || hot.arrived.has(out)) continue;
    for (const back of cool.held) {
      if (hot.held.has(back) || cool.arrived.has(back)) continue;
      const higher = Math.max(hot.load - unit[out]! + unit[back]!, cool.load - unit[back]! + unit[out]!);
      if (higher < height) {
        height = higher;
        best = { out, back, height };
      }
    }
  }
  return best;
}
