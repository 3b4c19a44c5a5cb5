import type { Layer, LayerSlots } from './layer.ts';

/** [rank][expert], 1 where the old placement holds the expert */
export function originOf(layer: Layer, old: LayerSlots): Uint8Array {
  const origin = new Uint8Array(layer.ranks * layer.experts);
  const perRank = old.length / layer.ranks;
  for (let slot = 0; slot < old.length; slot++) {
    if (old[slot]! >= 0) origin[Math.floor(slot / perRank) * layer.experts + old[slot]!] = 1;
  }
  return origin;
}

/** Whether an old layer could be left as it is: this shape, all slots used, no expert missing, twice on a rank or too often. */
export function isUsable(layer: Layer, old: LayerSlots): boolean {
  const { experts, ranks, slots, maxCopies } = layer;
  if (old.length !== ranks * slots) return false;
  const counts = new Int32Array(experts);
  const lastRank = new Int32Array(experts).fill(-1);
  let filled = 0;
  for (let slot = 0; slot < old.length; slot++) {
    const expert = old[slot]!;
    if (expert < 0) continue;
    const rank = Math.floor(slot / slots);
    if (lastRank[expert] === rank) return false;
    lastRank[expert] = rank;
    counts[expert] = counts[expert]! + 1;
    filled++;
  }
  return (
    filled === layer.copies &&
    counts.every((count, expert) => count >= layer.leastCopies[expert]! && count <= maxCopies)
  );
}
