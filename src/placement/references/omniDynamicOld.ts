import { countReplicas } from '../slots.ts';
import type { Placement } from '../types.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { loadsOfRanks, parOfLoads, startingSlots } from './omniDynamic.ts';

/** all as in the original */
const DEFAULT_MAX_REPLICAS = 10;
const LEAST_GAIN = 0.1;
const MAX_ROUNDS = 100;
/** of two halves: each brings them closer, so it is a few in practice */
const MAX_SWAPS = 10_000;
const CHANGES_PER_RANK = 2;
const TRANSFERS_PER_RANK = 3;
const HOT_SHARE = 0.05;
const TOP_EXPERTS = 5;
const TIE_WINDOW = 0.01;
const SWAP_COST = 4;

/**
 * OmniPlacement's online balancer at the time of its guideline (OmniInfer before 82fb0436). Without redundant slots:
 * ranks are halved again and again, and experts swapped between the halves while that brings their loads closer; taken
 * if PAR falls by more than 0.1. With them: a local search of additions, removals and swaps from the hottest to the
 * coolest ranks, at most 2 changes per rank in all and 3 transfers per rank. Limit of copies: `maxReplicas`, else 10.
 *
 * Deviations: halves are cut between ranks, and of unequal halves the loads per rank are compared (the original expects
 * a power of two); a swap never puts an expert twice on a rank.
 */
export function omniDynamicOld(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => {
    const old = startingSlots(layer);
    if (layer.slotsPerRank * layer.ranks === layer.experts) return balanceBuckets(layer, old);
    return searchChanges(layer, old, problem.maxReplicas ?? DEFAULT_MAX_REPLICAS);
  });
}

function balanceBuckets({ ranks, slotsPerRank, total }: LayerProblem, old: Int32Array): Int32Array {
  const slotExpert = old.slice();
  const halve = (firstRank: number, endRank: number) => {
    if (endRank - firstRank < 2) return;
    const middle = firstRank + Math.floor((endRank - firstRank) / 2);
    const left = { first: firstRank * slotsPerRank, end: middle * slotsPerRank };
    const right = { first: left.end, end: endRank * slotsPerRank };
    for (let swaps = 0; swaps < MAX_SWAPS && swapHalves(slotExpert, total, left, right); swaps++);
    halve(firstRank, middle);
    halve(middle, endRank);
  };
  halve(0, ranks);
  const before = parOfLoads(loadsOfRanks(old, total, ranks));
  return parOfLoads(loadsOfRanks(slotExpert, total, ranks)) < before - LEAST_GAIN ? slotExpert : old;
}

interface Half {
  readonly first: number;
  readonly end: number;
}

/** The one swap that brings the halves' loads closest, if it brings them closer. */
function swapHalves(slotExpert: Int32Array, total: Float64Array, left: Half, right: Half): boolean {
  const before = difference(slotExpert, total, left, right);
  const weight = 1 / (left.end - left.first) + 1 / (right.end - right.first);
  let closest = Math.abs(before);
  let swap: [number, number] | undefined;
  for (let i = left.first; i < left.end; i++) {
    const leaving = total[slotExpert[i]!]!;
    for (let j = right.first; j < right.end; j++) {
      const remaining = Math.abs(before + (total[slotExpert[j]!]! - leaving) * weight);
      if (remaining < closest) {
        closest = remaining;
        swap = [i, j];
      }
    }
  }
  if (swap === undefined) return false;
  const [i, j] = swap;
  [slotExpert[i], slotExpert[j]] = [slotExpert[j]!, slotExpert[i]!];
  // summed anew, as rounding of huge loads could else swap to and fro for ever
  if (Math.abs(difference(slotExpert, total, left, right)) < Math.abs(before)) return true;
  [slotExpert[i], slotExpert[j]] = [slotExpert[j]!, slotExpert[i]!];
  return false;
}

/** Of the halves' loads per slot. */
function difference(slotExpert: Int32Array, total: Float64Array, left: Half, right: Half): number {
  const mean = ({ first, end }: Half) => {
    let sum = 0;
    for (let slot = first; slot < end; slot++) sum += total[slotExpert[slot]!]!;
    return sum / (end - first);
  };
  return mean(left) - mean(right);
}

interface Change {
  /** slots and what they hold afterwards, -1 for empty */
  readonly writes: readonly (readonly [slot: number, expert: number])[];
  readonly cost: number;
  readonly par: number;
}

function searchChanges(layer: LayerProblem, old: Int32Array, maxReplicas: number): Int32Array {
  const { ranks, slotsPerRank, total } = layer;
  const slotExpert = old.slice();
  const transfers = new Int32Array(ranks);
  let numChanges = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = parOfLoads(loadsOfRanks(slotExpert, total, ranks));
    const best = bestChange(layer, slotExpert, transfers, maxReplicas);
    if (best === undefined || best.par >= current) break;
    numChanges += best.cost;
    if (numChanges > CHANGES_PER_RANK * ranks) break;
    for (const [slot, expert] of best.writes) {
      slotExpert[slot] = expert;
      if (expert >= 0) transfers[Math.floor(slot / slotsPerRank)]! += 1;
    }
  }
  return slotExpert;
}

interface State {
  readonly layer: LayerProblem;
  readonly slotExpert: Int32Array;
  /** [rank] */
  readonly load: Float64Array;
  /** [expert] */
  readonly counts: Int32Array;
  /** [rank], experts that have arrived */
  readonly transfers: Int32Array;
  readonly maxReplicas: number;
}

/** The candidate of least PAR; of those within the tie window the cheapest. */
function bestChange(layer: LayerProblem, slotExpert: Int32Array, transfers: Int32Array, maxReplicas: number) {
  const { ranks, slotsPerRank, total } = layer;
  const load = loadsOfRanks(slotExpert, total, ranks);
  const tried = new Float64Array(ranks);
  const counts = countReplicas(slotExpert, total.length);
  const state: State = { layer, slotExpert, load, counts, transfers, maxReplicas };
  let best: Change | undefined;
  for (const { writes, cost } of candidates(state)) {
    tried.set(load);
    if (writes.length === 1) {
      const [slot, expert] = writes[0]!;
      recount(tried, state, expert < 0 ? slotExpert[slot]! : expert, slot);
    } else {
      for (const [slot, expert] of writes) {
        const left = slotExpert[slot]!;
        const gain = total[expert]! / counts[expert]! - total[left]! / counts[left]!;
        tried[Math.floor(slot / slotsPerRank)]! += gain;
      }
    }
    const change = { writes, cost, par: parOfLoads(tried) };
    const tied = best !== undefined && Math.abs(change.par - best.par) <= TIE_WINDOW;
    if (best === undefined || (tied ? cost < best.cost : change.par < best.par)) best = change;
  }
  return best;
}

/** Rank loads when `expert` gets a copy in `slot`, or loses the one it has there: all its copies share anew. */
function recount(load: Float64Array, { layer, slotExpert, counts }: State, expert: number, slot: number): void {
  const { slotsPerRank, total } = layer;
  const leaves = slotExpert[slot] === expert;
  const before = total[expert]! / counts[expert]!;
  const after = total[expert]! / (counts[expert]! + (leaves ? -1 : 1));
  for (let held = slotExpert.indexOf(expert); held >= 0; held = slotExpert.indexOf(expert, held + 1)) {
    load[Math.floor(held / slotsPerRank)]! += (leaves && held === slot ? 0 : after) - before;
  }
  if (!leaves) load[Math.floor(slot / slotsPerRank)]! += after;
}

function* candidates({ layer, slotExpert, load, counts, transfers, maxReplicas }: State) {
  const { ranks, slotsPerRank, total } = layer;
  const mean = load.reduce((a, b) => a + b, 0) / ranks;
  const highest = load.reduce((a, b) => Math.max(a, b));
  const slotsOf = (rank: number) =>
    Array.from({ length: slotsPerRank }, (_, slot) => rank * slotsPerRank + slot).sort(
      (a, b) => unitOf(b) - unitOf(a) || a - b,
    );
  const unitOf = (slot: number) =>
    slotExpert[slot]! < 0 ? -1 : total[slotExpert[slot]!]! / counts[slotExpert[slot]!]!;
  const holds = (rank: number, expert: number) =>
    slotExpert.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank).includes(expert);
  const canMove = (rank: number) => transfers[rank]! < TRANSFERS_PER_RANK;
  const byLoad = Array.from(load, (_, rank) => rank).sort((a, b) => load[a]! - load[b]! || a - b);
  const cold = byLoad.filter((rank) => load[rank]! < mean && canMove(rank));
  for (const hot of byLoad.filter((rank) => load[rank]! >= highest - HOT_SHARE * (highest - mean))) {
    const held = slotsOf(hot).filter((slot) => slotExpert[slot]! >= 0);
    for (const slot of held.filter((s) => counts[slotExpert[s]!]! > 1).slice(0, TOP_EXPERTS)) {
      yield { writes: [[slot, -1]] as const, cost: 1 };
    }
    for (const slot of held.slice(0, TOP_EXPERTS)) {
      const expert = slotExpert[slot]!;
      for (const rank of cold) {
        if (holds(rank, expert)) continue;
        const empty = slotsOf(rank).find((s) => slotExpert[s]! < 0);
        if (empty !== undefined && counts[expert]! < maxReplicas) yield { writes: [[empty, expert]] as const, cost: 1 };
        if (!canMove(hot)) continue;
        for (const other of slotsOf(rank)) {
          const back = slotExpert[other]!;
          if (back < 0 || holds(hot, back)) continue;
          yield {
            writes: [
              [slot, back],
              [other, expert],
            ] as const,
            cost: SWAP_COST,
          };
        }
      }
    }
  }
}
