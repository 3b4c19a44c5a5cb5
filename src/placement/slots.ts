import { type Placement, PlacementError } from './types.ts';

/** A placement of the given shape with every slot empty. */
export function emptyPlacement(
  layers: number,
  ranks: number,
  experts: number,
  slotsPerRank: number | ArrayLike<number>,
): Placement {
  const slots = new Int32Array(layers);
  const layerOffset = new Int32Array(layers + 1);
  for (let layer = 0; layer < layers; layer++) {
    slots[layer] = typeof slotsPerRank === 'number' ? slotsPerRank : slotsPerRank[layer]!;
    layerOffset[layer + 1] = layerOffset[layer]! + ranks * slots[layer]!;
  }
  const slotExpert = new Int32Array(layerOffset[layers]!).fill(-1);
  return { layers, ranks, experts, slotsPerRank: slots, layerOffset, slotExpert };
}

/** Contiguous and without redundancy: OmniPlacement's base pattern. The first ranks hold one more where experts % ranks > 0. */
export function basePlacement(layers: number, ranks: number, experts: number): Placement {
  const slots = Math.ceil(experts / ranks);
  const fullRanks = experts % ranks === 0 ? ranks : experts % ranks;
  const placement = emptyPlacement(layers, ranks, experts, slots);
  for (let layer = 0; layer < layers; layer++) {
    let expert = 0;
    for (let rank = 0; rank < ranks; rank++) {
      const held = rank < fullRanks ? slots : slots - 1;
      for (let slot = 0; slot < held; slot++) {
        placement.slotExpert[placement.layerOffset[layer]! + rank * slots + slot] = expert++;
      }
    }
  }
  return placement;
}

/** [layer][rank][slot] lists, padded with empty slots where the ranks of a layer differ. */
export function placementFromTables(tables: readonly (readonly (readonly number[])[])[], experts: number): Placement {
  const ranks = tables[0]?.length ?? 0;
  const slotsPerRank = tables.map((table) => Math.max(0, ...table.map((held) => held.length)));
  const placement = emptyPlacement(tables.length, ranks, experts, slotsPerRank);
  for (const [layer, table] of tables.entries()) {
    if (table.length !== ranks) {
      throw new PlacementError('bad-shape', `layer ${layer} has ${table.length} ranks, layer 0 has ${ranks}`);
    }
    for (const [rank, held] of table.entries()) {
      placement.slotExpert.set(held, placement.layerOffset[layer]! + rank * slotsPerRank[layer]!);
    }
  }
  return placement;
}

/** One layer's slots, [rank][slot], as a view. */
export function layerSlots(placement: Placement, layer: number): Int32Array {
  return placement.slotExpert.subarray(placement.layerOffset[layer]!, placement.layerOffset[layer + 1]!);
}

/** Copies of the expert that has most of them in a layer. */
export function mostReplicas(placement: Placement): number {
  let most = 0;
  for (let layer = 0; layer < placement.layers; layer++) {
    for (const count of countReplicas(layerSlots(placement, layer), placement.experts)) most = Math.max(most, count);
  }
  return most;
}

/** [expert] copies among the given slots. */
export function countReplicas(slotExpert: Int32Array, experts: number): Int32Array {
  const counts = new Int32Array(experts);
  for (const expert of slotExpert) if (expert >= 0) counts[expert]! += 1;
  return counts;
}
