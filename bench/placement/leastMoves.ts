import { type Load, layerSlots, type Placement } from '../../src/placement/index.ts';

/**
 * No placement with these PARs, [layer], is reached from `old` with fewer arrivals. A rank where nobody arrives keeps its
 * experts, all slots being full, and carries at most all of their load. Ranks below the highest allowed load lack
 * ranks * (PAR - 1) of it together, so only so many of the cool ranks can do without an arrival.
 */
export function leastMoves(load: Load, old: Placement, pars: Float64Array): number {
  const { ranks, experts } = old;
  let least = 0;
  for (let layer = 0; layer < load.layers; layer++) {
    const tokens = load.tokens.subarray(layer * experts, (layer + 1) * experts);
    const mean = tokens.reduce((sum, value) => sum + value, 0) / ranks;
    const lacking = new Float64Array(ranks);
    const slots = layerSlots(old, layer);
    const perRank = slots.length / ranks;
    for (let rank = 0; rank < ranks; rank++) {
      let most = 0;
      for (const expert of slots.subarray(rank * perRank, (rank + 1) * perRank)) most += tokens[expert]! / mean;
      lacking[rank] = Math.max(0, pars[layer]! - most);
    }
    lacking.sort();
    let left = ranks * (pars[layer]! - 1);
    let untouched = 0;
    while (untouched < ranks && lacking[untouched]! <= left) left -= lacking[untouched++]!;
    least += ranks - untouched;
  }
  return least;
}
