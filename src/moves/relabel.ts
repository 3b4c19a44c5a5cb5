import { assignRows, keepSlots } from '../placement/index.ts';

/** The same placement with its ranks numbered so that least experts move, each that stays in its slot. [rank][slot] */
export function relabelled(old: Int32Array, next: Int32Array, ranks: number): Int32Array {
  const width = next.length / ranks;
  const held = Array.from({ length: ranks }, (_, rank) => new Set(old.subarray(rank * width, (rank + 1) * width)));
  const cost = new Float64Array(ranks * ranks);
  for (let rank = 0; rank < ranks; rank++) {
    for (let label = 0; label < ranks; label++) {
      let arriving = 0;
      for (let slot = label * width; slot < (label + 1) * width; slot++)
        if (!held[rank]!.has(next[slot]!)) arriving += 1;
      cost[rank * ranks + label] = arriving;
    }
  }
  const labels = assignRows(cost, ranks);
  const result = new Int32Array(next.length);
  for (let rank = 0; rank < ranks; rank++) {
    const first = labels[rank]! * width;
    result.set(next.subarray(first, first + width), rank * width);
  }
  return keepSlots(old, result, ranks);
}
