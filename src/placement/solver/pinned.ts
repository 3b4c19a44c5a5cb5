import { countReplicas } from '../slots.ts';
import { insertUnder } from './insertion.ts';
import type { Layer, LayerSlots } from './layer.ts';

/** peak in mean rank loads that pinned copies may leave */
const CEILING = 1.02;

/**
 * A start between the old placement and a free solution: experts with several copies stand where the free solution has them,
 * which under affine routing decides what each carries, all others where they were as far as that leaves room.
 */
export function pinnedStart(layer: Layer, weight: Float64Array, old: LayerSlots, free: LayerSlots): LayerSlots | null {
  const counts = countReplicas(free, layer.experts);
  const rows = Array.from({ length: layer.ranks }, () => [] as number[]);
  keep(rows, old, (expert) => counts[expert] === 1);
  keep(rows, free, (expert) => counts[expert]! > 1);
  const width = rows.reduce((most, row) => Math.max(most, row.length), layer.slots);
  const kept = new Int32Array(layer.ranks * width).fill(-1);
  for (const [rank, row] of rows.entries()) kept.set(row, rank * width);
  return insertUnder(layer, weight, kept, counts, CEILING);
}

function keep(rows: number[][], slots: LayerSlots, isKept: (expert: number) => boolean): void {
  const perRank = slots.length / rows.length;
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot]! >= 0 && isKept(slots[slot]!)) rows[Math.floor(slot / perRank)]!.push(slots[slot]!);
  }
}
