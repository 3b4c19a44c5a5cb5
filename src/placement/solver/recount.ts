import type { Random } from '../random.ts';
import type { Layer } from './layer.ts';
import { swapDescent } from './swapDescent.ts';
import { copyTable, holds, hottestRank, measureRank, type Table } from './table.ts';

/** most swaps after a change of counts */
const SWAPS = 40;
/** changes in a row without gain */
const PATIENCE = 60;
/** draws to find a copy to spare */
const TRIES = 20;

/**
 * Changes the counts of a finished placement: one copy of some expert gives its place to a further copy of an expert
 * of the hottest rank; swaps then repair the peak. Kept when the peak is lower. Returns the peak, `table` holds it.
 */
export function recountSearch(
  layer: Layer,
  table: Table,
  scratch: Table,
  { target, kicks }: { readonly target: number; readonly kicks: number },
  random: Random,
): number {
  let peak = table.height[hottestRank(table.height)]!;
  let failures = 0;
  for (let kick = 0; kick < kicks && failures < PATIENCE && peak > target && !layer.shouldStop(); kick++) {
    failures++;
    copyTable(table, scratch);
    const hot = hottestRank(scratch.height);
    const taker = scratch.slotExpert[hot * layer.slots + random.below(layer.slots)]!;
    if (!giveCopy(layer, scratch, taker, random)) continue;
    const changed = swapDescent(layer, scratch, target, SWAPS);
    if (changed >= peak) continue;
    peak = changed;
    copyTable(scratch, table);
    failures = 0;
  }
  return peak;
}

function giveCopy(layer: Layer, table: Table, taker: number, random: Random): boolean {
  const { counts, slotExpert } = table;
  const weight = layer.meanWeight;
  if (taker === layer.experts || counts[taker]! >= layer.maxCopies) return false;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const slot = random.below(slotExpert.length);
    const giver = slotExpert[slot]!;
    const rank = (slot / layer.slots) | 0;
    if (
      giver === taker ||
      giver === layer.experts ||
      counts[giver]! <= layer.leastCopies[giver]! ||
      holds(layer, slotExpert, rank, taker)
    )
      continue;
    counts[giver] = counts[giver]! - 1;
    counts[taker] = counts[taker]! + 1;
    table.unit[giver] = weight[giver]! / counts[giver]!;
    table.unit[taker] = weight[taker]! / counts[taker]!;
    slotExpert[slot] = taker;
    restoreOrder(layer, table, giver, taker);
    return true;
  }
  return false;
}

function restoreOrder(layer: Layer, table: Table, giver: number, taker: number): void {
  const { slotExpert } = table;
  for (let rank = 0; rank < layer.ranks; rank++) {
    const first = rank * layer.slots;
    let touched = false;
    for (let slot = first; slot < first + layer.slots; slot++) {
      if (slotExpert[slot] === giver || slotExpert[slot] === taker) touched = true;
    }
    if (!touched) continue;
    for (let slot = first + 1; slot < first + layer.slots; slot++) insert(table, first, slot);
    measureRank(layer, table, rank);
  }
}

function insert(table: Table, first: number, slot: number): void {
  const { slotExpert, unit } = table;
  const expert = slotExpert[slot]!;
  let at = slot;
  while (at > first && unit[slotExpert[at - 1]!]! < unit[expert]!) {
    slotExpert[at] = slotExpert[at - 1]!;
    at--;
  }
  slotExpert[at] = expert;
}
