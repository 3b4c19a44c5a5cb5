import type { Placement } from './types.ts';

/** [layer][row..], row-major. */
export interface LayerMap {
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/**
 * The maps of vLLM's EplbState. A physical expert is a slot: rank * slotsPerRank + slot. Layers with fewer slots than the
 * widest are padded at the end of each rank, so that a slot's number means the same in every layer.
 */
export interface LogicalMaps {
  /** [layer][physical] -> logical, -1 for an empty slot */
  readonly physicalToLogical: LayerMap;
  /** [layer][logical][replica] -> physical, in rising order, padded with -1 */
  readonly logicalToPhysical: LayerMap;
  /** [layer][logical] */
  readonly replicaCount: LayerMap;
}

export function logicalMaps(placement: Placement): LogicalMaps {
  const { layers, experts } = placement;
  const physicalToLogical = widened(placement);
  const slots = physicalToLogical.shape[1]!;
  const counts = new Int32Array(layers * experts);
  physicalToLogical.data.forEach((expert, i) => {
    if (expert >= 0) counts[Math.floor(i / slots) * experts + expert]! += 1;
  });
  const replicas = counts.reduce((a, b) => Math.max(a, b), 0);
  const physical = new Int32Array(layers * experts * replicas).fill(-1);
  const found = new Int32Array(layers * experts);
  physicalToLogical.data.forEach((expert, i) => {
    if (expert < 0) return;
    const row = Math.floor(i / slots) * experts + expert;
    physical[row * replicas + found[row]!] = i % slots;
    found[row]! += 1;
  });
  return {
    physicalToLogical,
    logicalToPhysical: { shape: [layers, experts, replicas], data: physical },
    replicaCount: { shape: [layers, experts], data: counts },
  };
}

function widened({ layers, ranks, slotsPerRank, layerOffset, slotExpert }: Placement): LayerMap {
  const widest = slotsPerRank.reduce((a, b) => Math.max(a, b));
  const data = new Int32Array(layers * ranks * widest).fill(-1);
  for (let layer = 0; layer < layers; layer++) {
    for (let rank = 0; rank < ranks; rank++) {
      const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
      data.set(slotExpert.subarray(first, first + slotsPerRank[layer]!), (layer * ranks + rank) * widest);
    }
  }
  return { shape: [layers, ranks * widest], data };
}
