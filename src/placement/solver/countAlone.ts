import type { Layer, LayerSlots } from './layer.ts';

/** Experts all of whose copies stand in one group of `size` ranks. */
export function countAlone(slots: LayerSlots, layer: Layer, size: number): number {
  const perGroup = (slots.length / layer.ranks) * size;
  const group = new Int32Array(layer.experts).fill(-1);
  for (let slot = 0; slot < slots.length; slot++) {
    const expert = slots[slot]!;
    if (expert < 0) continue;
    const own = Math.floor(slot / perGroup);
    if (group[expert] === -1) group[expert] = own;
    else if (group[expert] !== own) group[expert] = -2;
  }
  let alone = 0;
  for (const own of group) if (own >= 0) alone++;
  return alone;
}
