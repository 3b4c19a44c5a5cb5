import { siftDown, siftUp } from './heap.ts';
import type { Layer } from './layer.ts';
import { makeRoom } from './makeRoom.ts';
import { createSortWork, type SortWork, sortFalling } from './sortFalling.ts';
import { measureRank, type Table } from './table.ts';

/**
 * Longest processing time first, by expert instead of by replica: an expert with c copies takes the c coolest ranks
 * that have room, so no rank gets it twice. Expects `counts` and `unit`; fills the slots and the heights.
 * Counts that fit the slots are always placed: by dealing where LPT has led itself into a dead end.
 */
export function placeByLpt(layer: Layer, table: Table, work: LptWork): void {
  sortFalling(table.unit, layer.experts, work.sort);
  if (!placeLongestFirst(layer, table, work)) dealRoundRobin(layer, table, work);
  for (let rank = 0; rank < layer.ranks; rank++) measureRank(layer, table, rank);
}

function placeLongestFirst(layer: Layer, table: Table, work: LptWork): boolean {
  const { experts, ranks, slots, slowness } = layer;
  const { slotExpert, counts, unit, height } = table;
  const { heap, filled, taken } = work;
  slotExpert.fill(experts);
  filled.fill(0);
  height.fill(0);
  for (let rank = 0; rank < ranks; rank++) heap[rank] = rank;
  let size = ranks;
  for (let i = 0; i < experts; i++) {
    const expert = work.sort.order[i]!;
    const value = unit[expert]!;
    const count = counts[expert]!;
    if (count === 1) {
      if (size === 0) return false;
      const rank = heap[0]!;
      slotExpert[rank * slots + filled[rank]!] = expert;
      height[rank] = height[rank]! + value * slowness[rank]!;
      filled[rank] = filled[rank]! + 1;
      if (filled[rank] === slots) heap[0] = heap[--size]!;
      siftDown(heap, size, height, 0);
      continue;
    }
    let found = 0;
    while (found < count && size > 0) {
      taken[found++] = heap[0]!;
      heap[0] = heap[--size]!;
      siftDown(heap, size, height, 0);
    }
    for (let k = 0; k < found; k++) {
      const rank = taken[k]!;
      slotExpert[rank * slots + filled[rank]!] = expert;
      height[rank] = height[rank]! + value * slowness[rank]!;
      filled[rank] = filled[rank]! + 1;
    }
    for (let missing = count - found; missing > 0; missing--) if (!makeRoom(layer, table, filled, expert)) return false;
    if (found < count) {
      size = rebuild(heap, ranks, slots, filled, height);
      continue;
    }
    for (let k = 0; k < found; k++) {
      const rank = taken[k]!;
      if (filled[rank] === slots) continue;
      heap[size] = rank;
      siftUp(heap, height, size++);
    }
  }
  return true;
}

/** Copies to consecutive ranks, all around: no rank can get an expert twice or a slot more than another. */
function dealRoundRobin(layer: Layer, table: Table, work: LptWork): void {
  const { ranks, slots } = layer;
  table.slotExpert.fill(layer.experts);
  let at = 0;
  for (const expert of work.sort.order) {
    for (let copy = table.counts[expert]!; copy > 0; copy--, at++) {
      table.slotExpert[(at % ranks) * slots + Math.floor(at / ranks)] = expert;
    }
  }
}

/** Scratch arrays of one layer shape, used again for every call. */
export interface LptWork {
  readonly heap: Int32Array;
  readonly filled: Int32Array;
  readonly taken: Int32Array;
  readonly sort: SortWork;
}

export function createLptWork(layer: Layer): LptWork {
  return {
    heap: new Int32Array(layer.ranks),
    filled: new Int32Array(layer.ranks),
    taken: new Int32Array(layer.ranks),
    sort: createSortWork(layer.experts),
  };
}

function rebuild(heap: Int32Array, ranks: number, slots: number, filled: Int32Array, height: Float64Array): number {
  let size = 0;
  for (let rank = 0; rank < ranks; rank++) if (filled[rank]! < slots) heap[size++] = rank;
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(heap, size, height, i);
  return size;
}
