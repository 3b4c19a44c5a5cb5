import { type Placement, PlacementError } from '../types.ts';
import { HashSet } from './hashSet.ts';
import { keepSlots } from './keepSlots.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { type State, swapDown } from './swiftSwaps.ts';
import { vllmInitialSlots } from './vllm.ts';

/** both as in the original */
const PAR_THRESHOLD = 1.01;
const SWAP_THRESHOLD = 0.01;

/**
 * vllm-ascend's SwiftBalance (182b75ea): keeps every expert's first copy where it is, chooses anew what the redundant
 * slots hold, and then swaps experts between the hottest rank and others, each pair of ranks at most once. A layer of
 * PAR below 1.01 stays; so does one that would not get better.
 *
 * Deviations: none but refusals. Kept: the load per copy is overrated
 * while redundant slots are filled; the threshold of a swap, and the PAR reached, are measured by the load of layer
 * 0; float32 rank sums; experts arrive in a rank's slots, and tied swaps are chosen, in the order of Python's sets.
 */
export function swift(problem: ReferenceProblem): Placement {
  let meanRankLoad = 0; // of layer 0
  return solveLayers(problem, (layer) => {
    if (layer.layer === 0) meanRankLoad = layer.total.reduce((a, b) => a + b, 0) / layer.ranks;
    return solveLayer(layer, meanRankLoad);
  });
}

function solveLayer(layer: LayerProblem, meanRankLoad: number): Int32Array {
  const { experts, ranks, slotsPerRank, total } = layer;
  if (slotsPerRank > experts) {
    throw new PlacementError(
      'infeasible',
      `layer ${layer.layer} has ${slotsPerRank} slots per rank for ${experts} experts`,
    );
  }
  const old = layer.old ?? vllmInitialSlots(experts, ranks, slotsPerRank);
  const before = imbalance(layer, old);
  if (before < PAR_THRESHOLD) return old;
  const state: State = {
    experts,
    ranks,
    slotsPerRank,
    slotExpert: old.slice(),
    unit: new Float32Array(experts),
    rankLoad: new Float32Array(ranks),
    busy: new Uint8Array(ranks * ranks),
    arrived: Array.from({ length: ranks }, () => new Set<number>()),
  };
  refillRedundant(state, total);
  const held = Array.from(
    { length: ranks },
    (_, rank) => new HashSet(state.slotExpert.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank)),
  );
  const highest = swapDown(state, held, meanRankLoad * SWAP_THRESHOLD);
  if (!(highest / meanRankLoad < before)) return old;
  return keepSlots(old, Int32Array.from(held.flatMap((experts) => [...experts])), ranks);
}

function imbalance({ experts, ranks, slotsPerRank, total }: LayerProblem, slotExpert: Int32Array): number {
  const counts = new Float64Array(experts);
  for (const expert of slotExpert) if (expert >= 0) counts[expert]! += 1;
  let highest = 0;
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) {
    let load = 0;
    for (let slot = rank * slotsPerRank; slot < (rank + 1) * slotsPerRank; slot++) {
      const expert = slotExpert[slot]!;
      if (expert >= 0) load += total[expert]! / counts[expert]!;
    }
    sum += load;
    highest = Math.max(highest, load);
  }
  return sum === 0 ? 1 : highest / (sum / ranks);
}

/** Empties the second and later copies' slots, slot number outermost, and fills them anew. */
function refillRedundant(state: State, total: Float64Array): void {
  const { experts, ranks, slotsPerRank, slotExpert, rankLoad } = state;
  const homeRank = new Int32Array(experts).fill(-1);
  const open: number[][] = Array.from({ length: ranks }, () => []);
  let numOpen = 0;
  for (let slot = 0; slot < slotsPerRank; slot++) {
    for (let rank = 0; rank < ranks; rank++) {
      const expert = slotExpert[rank * slotsPerRank + slot]!;
      if (expert >= 0 && homeRank[expert]! < 0) {
        homeRank[expert] = rank;
      } else {
        slotExpert[rank * slotsPerRank + slot] = -1;
        open[rank]!.push(slot);
        numOpen++;
      }
    }
  }
  const { extra, unit } = replicate(total, numOpen, ranks);
  state.unit = unit;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    if (slotExpert[slot]! < 0) continue;
    const rank = Math.floor(slot / slotsPerRank);
    rankLoad[rank] = rankLoad[rank]! + unit[slotExpert[slot]!]!;
  }
  const copies = Array.from(extra, (count, expert) => new Array<number>(count).fill(expert)).flat();
  for (const expert of copies.sort((a, b) => unit[b]! - unit[a]! || a - b)) placeCopy(state, homeRank, open, expert);
  if (open.some((slots) => slots.length > 0)) fillLeftover(state, total, homeRank, open);
}

/**
 * Min-max with at most ranks - 1 extra copies; of equals the highest expert. As in the original, an expert's load per
 * copy falls to 2/3 with the second copy, to 3/4 of that with the third, and so on: too little.
 */
function replicate(total: Float64Array, numExtra: number, ranks: number) {
  const extra = new Int32Array(total.length);
  const unit = total.slice();
  for (let copy = 0; copy < numExtra; copy++) {
    let chosen = -1;
    for (let expert = 0; expert < unit.length; expert++) {
      if (extra[expert]! < ranks - 1 && (chosen < 0 || unit[expert]! >= unit[chosen]!)) chosen = expert;
    }
    if (chosen < 0) break;
    extra[chosen]! += 1;
    unit[chosen] = (unit[chosen]! * (extra[chosen]! + 1)) / (extra[chosen]! + 2);
  }
  return { extra, unit: Float32Array.from(unit) };
}

/** To the coolest rank with an open slot that lacks the expert and gets nothing else from its home; or nowhere. */
function placeCopy(state: State, homeRank: Int32Array, open: number[][], expert: number): void {
  const { ranks, slotsPerRank, slotExpert, unit, rankLoad, busy, arrived } = state;
  const home = homeRank[expert]!;
  let chosen = -1;
  for (let rank = 0; rank < ranks; rank++) {
    if (open[rank]!.length === 0 || holds(state, rank, expert) || busy[home * ranks + rank]! > 0) continue;
    if (chosen < 0 || rankLoad[rank]! < rankLoad[chosen]!) chosen = rank;
  }
  if (chosen < 0) return;
  slotExpert[chosen * slotsPerRank + open[chosen]!.pop()!] = expert;
  rankLoad[chosen] = rankLoad[chosen]! + unit[expert]!;
  busy[home * ranks + chosen] = 1;
  arrived[chosen]!.add(expert);
}

/** Slots still open take the expert of highest load per copy that their rank lacks; then all loads are measured anew. */
function fillLeftover(state: State, total: Float64Array, homeRank: Int32Array, open: number[][]): void {
  const { experts, ranks, slotsPerRank, slotExpert, rankLoad, busy, arrived } = state;
  const counts = new Int32Array(experts);
  for (const expert of slotExpert) if (expert >= 0) counts[expert]! += 1;
  const unit = Float32Array.from(total, (load, expert) => load / counts[expert]!);
  for (let rank = 0; rank < ranks; rank++) {
    for (const slot of open[rank]!) {
      let chosen = -1;
      for (let expert = 0; expert < experts; expert++) {
        if (!holds(state, rank, expert) && (chosen < 0 || unit[expert]! >= unit[chosen]!)) chosen = expert;
      }
      slotExpert[rank * slotsPerRank + slot] = chosen;
      busy[homeRank[chosen]! * ranks + rank] = 1;
      arrived[rank]!.add(chosen);
      unit[chosen] = unit[chosen]! * (counts[chosen]! / (counts[chosen]! + 1));
      counts[chosen]! += 1;
    }
  }
  state.unit = unit;
  rankLoad.fill(0);
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const rank = Math.floor(slot / slotsPerRank);
    rankLoad[rank] = rankLoad[rank]! + unit[slotExpert[slot]!]!;
  }
}

function holds({ slotsPerRank, slotExpert }: State, rank: number, expert: number): boolean {
  return slotExpert.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank).includes(expert);
}
