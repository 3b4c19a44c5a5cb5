import type { Slots } from './slots.ts';

/** PAR of each layer: peak over average of the ranks' tokens; 1 for a layer without tokens. */
export function parByLayer(counts: Float64Array, { numLayers, numRanks, slotsPerRank }: Slots): number[] {
  return Array.from({ length: numLayers }, (_, layer) => {
    let peak = 0;
    let total = 0;
    for (let rank = 0; rank < numRanks; rank++) {
      const from = (layer * numRanks + rank) * slotsPerRank;
      let load = 0;
      for (let at = from; at < from + slotsPerRank; at++) load += counts[at]!;
      peak = Math.max(peak, load);
      total += load;
    }
    return total === 0 ? 1 : peak / (total / numRanks);
  });
}
