import { countSources } from './affineShares.ts';
import type { Layer, LayerSlots } from './layer.ts';

/** Adds each copy's share of its expert's weight to its rank: capability-weighted heights, [rank]. */
export function uniformHeights(layer: Layer, slots: LayerSlots, weight: Float64Array, heights: Float64Array): void {
  const { ranks, slowness, experts } = layer;
  const perRank = slots.length / ranks;
  const copies = new Int32Array(experts);
  for (const expert of slots) if (expert >= 0) copies[expert] = copies[expert]! + 1;
  for (let rank = 0; rank < ranks; rank++) {
    let load = 0;
    for (let slot = rank * perRank; slot < (rank + 1) * perRank; slot++) {
      const expert = slots[slot]!;
      if (expert >= 0) load += weight[expert]! / copies[expert]!;
    }
    heights[rank] = load * slowness[rank]!;
  }
}

export function affineHeights(layer: Layer, slots: LayerSlots, weight: Float64Array, heights: Float64Array): void {
  heights.fill(0);
  forEachExpert(layer, slots, (expert, holders, count, sources) => {
    for (let copy = 0; copy < count; copy++) {
      const rank = holders[copy]!;
      heights[rank] = heights[rank]! + (weight[expert]! * sources[copy]!) / layer.ranks;
    }
  });
  for (let rank = 0; rank < layer.ranks; rank++) heights[rank] = heights[rank]! * layer.slowness[rank]!;
}

/** Share of the tokens whose source rank is on another host than the copy it uses, under affine routing. */
export function crossHostTokens(layer: Layer, slots: LayerSlots, weight: Float64Array): number {
  const { ranks, ranksPerHost } = layer;
  let crossing = 0;
  forEachExpert(layer, slots, (expert, holders, count) => {
    let away = ranks;
    let lastHost = -1;
    for (let copy = 0; copy < count; copy++) {
      const host = Math.floor(holders[copy]! / ranksPerHost);
      if (host === lastHost) continue;
      lastHost = host;
      away -= Math.min(ranksPerHost, ranks - host * ranksPerHost);
    }
    crossing += (weight[expert]! * away) / ranks;
  });
  return crossing;
}

function forEachExpert(
  layer: Layer,
  slots: LayerSlots,
  visit: (expert: number, holders: Int32Array, count: number, sources: Int32Array) => void,
): void {
  const { ranks, experts } = layer;
  const perRank = slots.length / ranks;
  const first = new Int32Array(experts + 1);
  for (const expert of slots) if (expert >= 0) first[expert + 1] = first[expert + 1]! + 1;
  for (let expert = 0; expert < experts; expert++) first[expert + 1] = first[expert + 1]! + first[expert]!;
  const holders = new Int32Array(slots.length);
  const next = first.slice();
  for (let slot = 0; slot < slots.length; slot++) {
    const expert = slots[slot]!;
    if (expert < 0) continue;
    holders[next[expert]!] = Math.floor(slot / perRank);
    next[expert] = next[expert]! + 1;
  }
  const sources = new Int32Array(Math.max(ranks, perRank));
  for (let expert = 0; expert < experts; expert++) {
    const count = first[expert + 1]! - first[expert]!;
    if (count === 0) continue;
    const own = holders.subarray(first[expert]!, first[expert + 1]!);
    countSources(layer, own, 0, count, sources);
    visit(expert, own, count, sources);
  }
}
