import type { Layer, LayerSlots } from './layer.ts';

/**
 * LPT for several episodes at once: experts in falling size of their largest unit load, each copy to the rank with
 * room where the sum over episodes of the fourth power of the rank's height grows least.
 * Returns null where the greedy choice leaves some copy without a rank.
 */
export function placeByVectorLpt(layer: Layer, weight: Float64Array, counts: Int32Array): LayerSlots | null {
  const { experts, ranks, slots, episodes } = layer;
  const unit = new Float64Array(experts);
  for (let expert = 0; expert < experts; expert++) unit[expert] = weight[expert]! / counts[expert]!;
  const order = Int32Array.from({ length: experts }, (_, expert) => expert);
  order.sort((a, b) => unit[b]! - unit[a]! || a - b);
  const slotExpert = new Int32Array(ranks * slots).fill(-1);
  const filled = new Int32Array(ranks);
  const heights = new Float64Array(ranks * episodes);
  const added = new Float64Array(episodes);
  const cost = new Float64Array(ranks);
  const power = new Float64Array(ranks); // sum over episodes of the fourth power of the height
  for (const expert of order) {
    const count = counts[expert]!;
    for (let episode = 0; episode < episodes; episode++) {
      added[episode] = layer.weight[episode * experts + expert]! / count;
    }
    for (let rank = 0; rank < ranks; rank++) {
      cost[rank] = Number.NaN;
      if (filled[rank]! >= slots) continue;
      cost[rank] = powerAfter(heights, rank * episodes, added, layer.slowness[rank]!) - power[rank]!;
    }
    for (let copy = 0; copy < count; copy++) {
      const rank = cheapest(cost);
      if (rank < 0) return null;
      slotExpert[rank * slots + filled[rank]!] = expert;
      filled[rank] = filled[rank]! + 1;
      power[rank] = power[rank]! + cost[rank]!;
      cost[rank] = Number.NaN;
      for (let episode = 0; episode < episodes; episode++) {
        const at = rank * episodes + episode;
        heights[at] = heights[at]! + added[episode]! * layer.slowness[rank]!;
      }
    }
  }
  return slotExpert;
}

function powerAfter(heights: Float64Array, at: number, added: Float64Array, slow: number): number {
  let sum = 0;
  for (let episode = 0; episode < added.length; episode++) {
    const height = heights[at + episode]! + added[episode]! * slow;
    const square = height * height;
    sum += square * square;
  }
  return sum;
}

/** -1 where no rank is left; NaN is never below anything. */
function cheapest(cost: Float64Array): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let rank = 0; rank < cost.length; rank++) {
    if (cost[rank]! < least) {
      least = cost[rank]!;
      best = rank;
    }
  }
  return best;
}
