import type { Layer } from './layer.ts';
import { holds, type Table } from './table.ts';

/**
 * Places one more copy of `expert` when every rank with room holds it already: another rank gives up an expert to a
 * rank with room. Takes the move that leaves the lower peak. Returns false when there is none.
 */
export function makeRoom(layer: Layer, table: Table, filled: Int32Array, expert: number): boolean {
  const { ranks, slots, slowness } = layer;
  const { slotExpert, unit, height } = table;
  let best = Number.POSITIVE_INFINITY;
  let bestSlot = -1;
  let bestRoom = -1;
  for (let room = 0; room < ranks; room++) {
    if (filled[room]! >= slots) continue;
    for (let giver = 0; giver < ranks; giver++) {
      if (giver === room || holds(layer, slotExpert, giver, expert)) continue;
      for (let slot = giver * slots; slot < giver * slots + filled[giver]!; slot++) {
        const given = slotExpert[slot]!;
        if (holds(layer, slotExpert, room, given)) continue;
        const giverHeight = height[giver]! + (unit[expert]! - unit[given]!) * slowness[giver]!;
        const roomHeight = height[room]! + unit[given]! * slowness[room]!;
        const peak = Math.max(giverHeight, roomHeight);
        if (peak < best) {
          best = peak;
          bestSlot = slot;
          bestRoom = room;
        }
      }
    }
  }
  if (bestSlot < 0) return false;
  const giver = Math.floor(bestSlot / slots);
  const given = slotExpert[bestSlot]!;
  slotExpert[bestSlot] = expert;
  height[giver] = height[giver]! + (unit[expert]! - unit[given]!) * slowness[giver]!;
  insertFalling(slotExpert, unit, bestRoom * slots, filled[bestRoom]!, given);
  height[bestRoom] = height[bestRoom]! + unit[given]! * slowness[bestRoom]!;
  filled[bestRoom] = filled[bestRoom]! + 1;
  sortFalling(slotExpert, unit, giver * slots, filled[giver]!);
  return true;
}

function insertFalling(slotExpert: Int32Array, unit: Float64Array, first: number, count: number, expert: number): void {
  let at = first + count;
  while (at > first && unit[slotExpert[at - 1]!]! < unit[expert]!) {
    slotExpert[at] = slotExpert[at - 1]!;
    at--;
  }
  slotExpert[at] = expert;
}

function sortFalling(slotExpert: Int32Array, unit: Float64Array, first: number, count: number): void {
  for (let i = 1; i < count; i++) insertFalling(slotExpert, unit, first, i, slotExpert[first + i]!);
}
