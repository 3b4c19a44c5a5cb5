import { layerSlots } from '../slots.ts';
import type { Placement } from '../types.ts';

/** instead of a rank: the expert has no copy */
const NOWHERE = -2;

/** An expert of a layer. */
export interface LayerExpert {
  readonly layer: number;
  readonly expert: number;
}

/** What would be gone with each rank, or with each `ranksPerUnit` consecutive ones. */
export interface Survival {
  /** [unit] experts all of whose copies stand there, by layer, then expert */
  readonly lost: readonly (readonly LayerExpert[])[];
  /** over all units; an expert is lost with one unit at most */
  readonly numLost: number;
  /** with this many slots no placement loses fewer, {@link leastLostOf} each layer */
  readonly leastLost: number;
}

export function survivalOf(placement: Placement, ranksPerUnit: number): Survival {
  const { ranks, layers, experts } = placement;
  const units = Math.ceil(ranks / ranksPerUnit);
  const lost: LayerExpert[][] = Array.from({ length: units }, () => []);
  let leastLost = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const [expert, unit] of onlyUnits(placement, layer, ranksPerUnit).entries()) {
      if (unit >= 0) lost[unit]!.push({ layer, expert });
    }
    leastLost += leastLostOf({ ranks, experts, slotsPerRank: placement.slotsPerRank[layer]! }, ranksPerUnit);
  }
  return { lost, numLost: lost.reduce((sum, { length }) => sum + length, 0), leastLost };
}

/**
 * How many experts of a layer must stand on one unit alone, whatever the placement. A unit can show as many experts as it has
 * slots, at most all. Each copy beyond the first covers one expert at most, and of a covered expert at least one copy stands
 * outside the largest unit. Where neither bound is in the way the rest can be paired, so one of the two is reached.
 */
export function leastLostOf(
  { ranks, experts, slotsPerRank }: { readonly ranks: number; readonly experts: number; readonly slotsPerRank: number },
  ranksPerUnit: number,
): number {
  const shown = (size: number) => Math.min(experts, size * slotsPerRank);
  const largest = shown(Math.min(ranks, ranksPerUnit));
  const all = Math.floor(ranks / ranksPerUnit) * shown(ranksPerUnit) + shown(ranks % ranksPerUnit);
  return experts - Math.max(0, Math.min(experts, all - experts, all - largest));
}

/** Experts that stand on none but these ranks. */
export function lostWith(placement: Placement, ranks: ReadonlySet<number>): LayerExpert[] {
  const lost: LayerExpert[] = [];
  for (let layer = 0; layer < placement.layers; layer++) {
    const width = placement.slotsPerRank[layer]!;
    const survives = new Uint8Array(placement.experts);
    for (const [slot, expert] of layerSlots(placement, layer).entries()) {
      if (expert >= 0 && !ranks.has(Math.floor(slot / width))) survives[expert] = 1;
    }
    for (const [expert, there] of survives.entries()) if (there === 0) lost.push({ layer, expert });
  }
  return lost;
}

/** [expert] the unit that holds all its copies; -1: there are several, or none. */
function onlyUnits(placement: Placement, layer: number, ranksPerUnit: number): Int32Array {
  const width = placement.slotsPerRank[layer]! * ranksPerUnit;
  const only = new Int32Array(placement.experts).fill(NOWHERE);
  for (const [slot, expert] of layerSlots(placement, layer).entries()) {
    if (expert < 0) continue;
    const unit = Math.floor(slot / width);
    if (only[expert] === NOWHERE) only[expert] = unit;
    else if (only[expert] !== unit) only[expert] = -1;
  }
  return only;
}
