import type { Load, Placement } from '../../src/placement/types.ts';

/** [episode][layer][expert] */
export function loadOf(tokens: number[][][]): Load {
  return {
    episodes: tokens.length,
    layers: tokens[0]!.length,
    experts: tokens[0]![0]!.length,
    tokens: Float64Array.from(tokens.flat(2)),
  };
}

/** [layer][rank][slot] */
export function tablesOf(placement: Placement): number[][][] {
  return Array.from({ length: placement.layers }, (_, layer) =>
    Array.from({ length: placement.ranks }, (_, rank) => {
      const first = placement.layerOffset[layer]! + rank * placement.slotsPerRank[layer]!;
      return [...placement.slotExpert.subarray(first, first + placement.slotsPerRank[layer]!)];
    }),
  );
}
