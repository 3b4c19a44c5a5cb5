import { tokensOfLayer } from './episodes.ts';
import { countReplicas, layerSlots } from './slots.ts';
import type { Load, Placement } from './types.ts';
import { countDuplicates } from './verify.ts';

export interface Repair {
  readonly placement: Placement;
  /** slots that held an expert their rank held already */
  readonly duplicates: number;
  /** exchanges with another rank's slot, each of which may mend two: no expert's number of copies changes */
  readonly exchanged: number;
  /** slots that got another expert */
  readonly replaced: number;
  /** slots left empty, as their rank holds every expert */
  readonly emptied: number;
}

/**
 * Mends ranks that hold an expert twice. Each second copy is exchanged with a slot of another rank, or gives way to an
 * expert that the rank lacks: whichever leaves the lowest peak under uniform split, an exchange where equal, then the lowest
 * slot or expert. Without a load all experts count alike.
 */
export function repairDuplicates(placement: Placement, load?: Load): Repair {
  const mended = { ...placement, slotExpert: placement.slotExpert.slice() };
  const done = { exchanged: 0, replaced: 0, emptied: 0 };
  for (let layer = 0; layer < placement.layers; layer++) {
    const state: State = {
      slots: layerSlots(mended, layer),
      slotsPerRank: placement.slotsPerRank[layer]!,
      ranks: placement.ranks,
      tokens: load === undefined ? new Float64Array(placement.experts).fill(1) : tokensOfLayer(load, layer),
    };
    for (let slot = 0; slot < state.slots.length; slot++) if (isSecond(state, slot)) done[repairSlot(state, slot)]++;
  }
  return { placement: mended, duplicates: countDuplicates(placement), ...done };
}

interface State {
  readonly slots: Int32Array;
  readonly slotsPerRank: number;
  readonly ranks: number;
  /** [expert] */
  readonly tokens: Float64Array;
}

function repairSlot(state: State, slot: number): 'exchanged' | 'replaced' | 'emptied' {
  const { slots, slotsPerRank, tokens } = state;
  const rank = Math.floor(slot / slotsPerRank);
  const surplus = slots[slot]!;
  let best: { kind: 'exchanged' | 'replaced'; target: number } | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (let other = 0; other < slots.length; other++) {
    const back = slots[other]!;
    if (back < 0 || holds(state, rank, back) || holds(state, Math.floor(other / slotsPerRank), surplus)) continue;
    slots[slot] = back;
    slots[other] = surplus;
    const height = peak(state);
    slots[slot] = surplus;
    slots[other] = back;
    if (height < lowest) {
      lowest = height;
      best = { kind: 'exchanged', target: other };
    }
  }
  for (let expert = 0; expert < tokens.length; expert++) {
    if (holds(state, rank, expert)) continue;
    slots[slot] = expert;
    const height = peak(state);
    slots[slot] = surplus;
    if (height < lowest) {
      lowest = height;
      best = { kind: 'replaced', target: expert };
    }
  }
  if (best === undefined) {
    slots[slot] = -1;
    return 'emptied';
  }
  if (best.kind === 'exchanged') {
    slots[slot] = slots[best.target]!;
    slots[best.target] = surplus;
  } else {
    slots[slot] = best.target;
  }
  return best.kind;
}

/** Highest rank load under uniform split. */
function peak({ slots, slotsPerRank, ranks, tokens }: State): number {
  const counts = countReplicas(slots, tokens.length);
  let highest = 0;
  for (let rank = 0; rank < ranks; rank++) {
    let load = 0;
    for (let slot = rank * slotsPerRank; slot < (rank + 1) * slotsPerRank; slot++) {
      const expert = slots[slot]!;
      if (expert >= 0) load += tokens[expert]! / counts[expert]!;
    }
    highest = Math.max(highest, load);
  }
  return highest;
}

function isSecond({ slots, slotsPerRank }: State, slot: number): boolean {
  const first = slot - (slot % slotsPerRank);
  return slots[slot]! >= 0 && slots.subarray(first, slot).includes(slots[slot]!);
}

function holds({ slots, slotsPerRank }: State, rank: number, expert: number): boolean {
  return slots.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank).includes(expert);
}
