import { layerSlots, type Placement } from '../placement/index.ts';

/** Adds slots' tokens, [layer][rank][slot], to the experts that stand in them, [layer][expert]. */
export function addToExperts(placement: Placement, slotTokens: ArrayLike<number>, experts: Float64Array): void {
  for (let layer = 0; layer < placement.layers; layer++) {
    const past = placement.layerOffset[layer + 1]!;
    const base = layer * placement.experts;
    for (let slot = placement.layerOffset[layer]!; slot < past; slot++) {
      const expert = placement.slotExpert[slot]!;
      if (expert >= 0) experts[base + expert]! += slotTokens[slot]!;
    }
  }
}

/** The same slots for every layer. */
export function repeatSlots(slots: Int32Array, layers: number, ranks: number, experts: number): Placement {
  const slotExpert = new Int32Array(layers * slots.length);
  const layerOffset = new Int32Array(layers + 1);
  for (let layer = 0; layer < layers; layer++) {
    slotExpert.set(slots, layer * slots.length);
    layerOffset[layer + 1] = (layer + 1) * slots.length;
  }
  const slotsPerRank = new Int32Array(layers).fill(slots.length / ranks);
  return { layers, ranks, experts, slotsPerRank, layerOffset, slotExpert };
}

/** Some layers of a placement, in the order given, as a copy. */
export function pickLayers(placement: Placement, layers: readonly number[]): Placement {
  const layerOffset = new Int32Array(layers.length + 1);
  const parts = layers.map((layer) => layerSlots(placement, layer));
  for (const [i, part] of parts.entries()) layerOffset[i + 1] = layerOffset[i]! + part.length;
  const slotExpert = new Int32Array(layerOffset[layers.length]!);
  for (const [i, part] of parts.entries()) slotExpert.set(part, layerOffset[i]!);
  const slotsPerRank = Int32Array.from(layers, (layer) => placement.slotsPerRank[layer]!);
  return {
    layers: layers.length,
    ranks: placement.ranks,
    experts: placement.experts,
    slotsPerRank,
    layerOffset,
    slotExpert,
  };
}
