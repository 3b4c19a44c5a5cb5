import { originOf } from './formerHolders.ts';
import type { Layer, LayerSlots } from './layer.ts';

/**
 * Permutes the ranks of a placement within groups of `groupSize` so that most experts stay where the old placement
 * has them: an assignment problem per group, solved by shortest augmenting paths. Only ranks of one speed may be
 * exchanged, and only where the split doesn't care which rank a copy stands on.
 */
export function relabelRanks(layer: Layer, slots: LayerSlots, old: LayerSlots, groupSize: number): LayerSlots {
  const origin = originOf(layer, old);
  const perRank = slots.length / layer.ranks;
  const result = new Int32Array(slots.length);
  for (let first = 0; first < layer.ranks; first += groupSize) {
    const size = Math.min(groupSize, layer.ranks - first);
    const arrivals = new Float64Array(size * size); // [new][old rank]
    for (let from = 0; from < size; from++) {
      for (let to = 0; to < size; to++) {
        arrivals[from * size + to] = arrivalsOn(layer, slots, origin, first + from, first + to);
      }
    }
    const assigned = assign(arrivals, size);
    for (let from = 0; from < size; from++) {
      const row = slots.subarray((first + from) * perRank, (first + from + 1) * perRank);
      result.set(row, (first + assigned[from]!) * perRank);
    }
  }
  return result;
}

function arrivalsOn(layer: Layer, slots: LayerSlots, origin: Uint8Array, from: number, to: number): number {
  const perRank = slots.length / layer.ranks;
  let arrivals = 0;
  for (let slot = from * perRank; slot < (from + 1) * perRank; slot++) {
    const expert = slots[slot]!;
    if (expert >= 0 && origin[to * layer.experts + expert] === 0) arrivals++;
  }
  return arrivals;
}

/** Rows to columns at least total cost (Hungarian method with potentials); [row] of column indices. */
export function assign(cost: Float64Array, size: number): Int32Array {
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1).fill(-1); // [column], the last is where each search starts
  const previous = new Int32Array(size + 1);
  for (let row = 0; row < size; row++) {
    rowOf[size] = row;
    let column = size;
    const least = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(size + 1);
    while (rowOf[column]! >= 0) {
      used[column] = 1;
      const current = rowOf[column]!;
      let delta = Number.POSITIVE_INFINITY;
      let next = -1;
      for (let other = 0; other < size; other++) {
        if (used[other] === 1) continue;
        const reduced = cost[current * size + other]! - rowPotential[current]! - columnPotential[other]!;
        if (reduced < least[other]!) {
          least[other] = reduced;
          previous[other] = column;
        }
        if (least[other]! < delta) {
          delta = least[other]!;
          next = other;
        }
      }
      for (let other = 0; other <= size; other++) {
        if (used[other] === 1) {
          rowPotential[rowOf[other]!] = rowPotential[rowOf[other]!]! + delta;
          columnPotential[other] = columnPotential[other]! - delta;
        } else if (other < size) least[other] = least[other]! - delta;
      }
      column = next;
    }
    while (column !== size) {
      const before = previous[column]!;
      rowOf[column] = rowOf[before]!;
      column = before;
    }
    rowOf[size] = -1;
  }
  const columnOf = new Int32Array(size);
  for (let column = 0; column < size; column++) columnOf[rowOf[column]!] = column;
  return columnOf;
}
