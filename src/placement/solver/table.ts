import type { Layer, LayerSlots } from './layer.ts';

/**
 * A layer's placement while it is being improved under uniform split. An empty slot holds the expert number
 * `layer.experts`, whose unit load is 0 and which may stand on a rank any number of times.
 */
export interface Table {
  /** [rank][slot], each rank in falling unit load */
  readonly slotExpert: Int32Array;
  /** [expert + 1] */
  readonly counts: Int32Array;
  /** [expert + 1], weight / copies */
  readonly unit: Float64Array;
  /** [rank], load / capability */
  readonly height: Float64Array;
}

export function createTable(layer: Layer): Table {
  return {
    slotExpert: new Int32Array(layer.ranks * layer.slots),
    counts: new Int32Array(layer.experts + 1),
    unit: new Float64Array(layer.experts + 1),
    height: new Float64Array(layer.ranks),
  };
}

export function copyTable(from: Table, to: Table): void {
  to.slotExpert.set(from.slotExpert);
  to.counts.set(from.counts);
  to.unit.set(from.unit);
  to.height.set(from.height);
}

export function setUnits(layer: Layer, weight: Float64Array, table: Table): void {
  const { counts, unit } = table;
  for (let expert = 0; expert < layer.experts; expert++) unit[expert] = weight[expert]! / counts[expert]!;
  counts[layer.experts] = 1;
  unit[layer.experts] = 0;
}

/** Sums a rank anew, in slot order: the same bits however the rank came about. */
export function measureRank(layer: Layer, table: Table, rank: number): number {
  const { slotExpert, unit } = table;
  const end = (rank + 1) * layer.slots;
  let load = 0;
  for (let slot = rank * layer.slots; slot < end; slot++) load += unit[slotExpert[slot]!]!;
  load *= layer.slowness[rank]!;
  table.height[rank] = load;
  return load;
}

/** Puts `expert` in place of the one in `slot`, keeps the rank in falling unit load. */
export function replaceSlot(layer: Layer, table: Table, slot: number, expert: number): void {
  const { slotExpert, unit } = table;
  const value = unit[expert]!;
  const first = slot - (slot % layer.slots);
  const last = first + layer.slots - 1;
  let at = slot;
  while (at > first && unit[slotExpert[at - 1]!]! < value) {
    slotExpert[at] = slotExpert[at - 1]!;
    at--;
  }
  while (at < last && unit[slotExpert[at + 1]!]! > value) {
    slotExpert[at] = slotExpert[at + 1]!;
    at++;
  }
  slotExpert[at] = expert;
}

export function holds(layer: Layer, slotExpert: Int32Array, rank: number, expert: number): boolean {
  const end = (rank + 1) * layer.slots;
  for (let slot = rank * layer.slots; slot < end; slot++) if (slotExpert[slot] === expert) return true;
  return false;
}

export function hottestRank(height: Float64Array): number {
  let hottest = 0;
  let most = height[0]!;
  for (let rank = 1; rank < height.length; rank++) {
    if (height[rank]! > most) {
      most = height[rank]!;
      hottest = rank;
    }
  }
  return hottest;
}

/** Back to the outside form: -1 for an empty slot. */
export function slotsOfTable(layer: Layer, table: Table): LayerSlots {
  const slots = table.slotExpert.slice();
  for (let slot = 0; slot < slots.length; slot++) if (slots[slot] === layer.experts) slots[slot] = -1;
  return slots;
}
