import { basePlacement } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { fallingOrder } from './packing.ts';

/** all as in the original */
const PAR_THRESHOLD = 1.1;
const LEAST_GAIN = 0.05;
const NOISE_RATIO = 300;
const RANKS_PER_HOST = 16;
const DEFAULT_MAX_REPLICAS = 10;

/**
 * OmniPlacement's online balancer (ExpertLoadBalancer, OmniInfer 0d409dfc): per layer, every redundancy from none to all
 * extra slots is tried by min-max replication and greedy packing, and the best is taken if PAR falls by more than 0.05.
 * Layers of PAR below 1.1, or of more than 300 between hottest and coolest rank, stay. Experts that stay on a rank keep
 * their slot, new ones fill free slots in rising number. Limit of copies: `maxReplicas`, else 10, never above the ranks.
 *
 * Deviations: ties go to the lowest expert and rank. Kept: slots stay empty where less redundancy is better.
 */
export function omniDynamic(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => balanceLayer(layer, problem.maxReplicas ?? DEFAULT_MAX_REPLICAS));
}

function balanceLayer(layer: LayerProblem, maxReplicas: number): Int32Array {
  const { experts, ranks, slotsPerRank, total } = layer;
  const old = startingSlots(layer);
  const load = loadsOfRanks(old, total, ranks);
  const before = parOfLoads(load);
  const highest = load.reduce((a, b) => Math.max(a, b));
  const lowest = load.reduce((a, b) => Math.min(a, b));
  if (before < PAR_THRESHOLD || highest / Math.max(lowest, 1) > NOISE_RATIO) return old;
  let best: number[][] | undefined;
  let bestPar = before - LEAST_GAIN;
  for (let perRank = experts / ranks; perRank <= slotsPerRank; perRank++) {
    const packed = packLayer(total, ranks, perRank, Math.min(maxReplicas, ranks));
    if (packed === undefined) continue;
    const reached = parOfLoads(loadsOfRanks(Int32Array.from(packed.flat()), total, ranks));
    if (reached < bestPar) {
      best = packed;
      bestPar = reached;
    }
  }
  return best === undefined ? old : settle(old, interleaveHosts(best), slotsPerRank);
}

/** The old placement, else the base with its redundant slots empty. */
export function startingSlots({ experts, ranks, slotsPerRank, old }: LayerProblem): Int32Array {
  if (experts % ranks !== 0) {
    throw new PlacementError(
      'infeasible',
      `OmniPlacement's dynamic balancer needs experts to be a multiple of ranks; ${experts} is none of ${ranks}`,
    );
  }
  if (old !== undefined) return old;
  const slots = new Int32Array(ranks * slotsPerRank).fill(-1);
  const base = basePlacement(1, ranks, experts).slotExpert;
  const perRank = experts / ranks;
  for (let rank = 0; rank < ranks; rank++) {
    slots.set(base.subarray(rank * perRank, (rank + 1) * perRank), rank * slotsPerRank);
  }
  return slots;
}

/** Under uniform split. */
export function loadsOfRanks(slotExpert: Int32Array, total: Float64Array, ranks: number): Float64Array {
  const counts = new Int32Array(total.length);
  for (const expert of slotExpert) if (expert >= 0) counts[expert]! += 1;
  const load = new Float64Array(ranks);
  const slotsPerRank = slotExpert.length / ranks;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const expert = slotExpert[slot]!;
    if (expert >= 0) load[Math.floor(slot / slotsPerRank)]! += total[expert]! / counts[expert]!;
  }
  return load;
}

export function parOfLoads(load: Float64Array): number {
  const sum = load.reduce((a, b) => a + b, 0);
  return sum === 0 ? 1 : load.reduce((a, b) => Math.max(a, b)) / (sum / load.length);
}

/** [rank] -> experts; undefined where the limit of copies or the greedy order leaves a slot unfilled. */
function packLayer(total: Float64Array, ranks: number, perRank: number, maxReplicas: number): number[][] | undefined {
  const counts = new Int32Array(total.length).fill(1);
  for (let spare = ranks * perRank - total.length; spare > 0; spare--) {
    let chosen = -1;
    for (let expert = 0; expert < total.length; expert++) {
      if (counts[expert]! >= maxReplicas) continue;
      if (chosen < 0 || total[expert]! / counts[expert]! > total[chosen]! / counts[chosen]!) chosen = expert;
    }
    if (chosen < 0) return undefined;
    counts[chosen]! += 1;
  }
  const unit = total.map((load, expert) => load / counts[expert]!);
  const held: number[][] = Array.from({ length: ranks }, () => []);
  const load = new Float64Array(ranks);
  for (const expert of fallingOrder(unit)) {
    for (let copy = 0; copy < counts[expert]!; copy++) {
      let coolest = -1;
      for (let rank = 0; rank < ranks; rank++) {
        if (held[rank]!.length >= perRank || held[rank]!.includes(expert)) continue;
        if (coolest < 0 || load[rank]! < load[coolest]!) coolest = rank;
      }
      if (coolest < 0) return undefined;
      held[coolest]!.push(expert);
      load[coolest]! += unit[expert]!;
    }
  }
  return held;
}

/** Deals the ranks to the hosts in turn; as packed where the last host is not full, so that this is no permutation. */
function interleaveHosts(held: number[][]): number[][] {
  const hosts = Math.ceil(held.length / RANKS_PER_HOST);
  const dealt: number[][] = [];
  for (const [rank, experts] of held.entries()) {
    const place = (rank % hosts) * RANKS_PER_HOST + Math.floor(rank / hosts);
    if (place >= held.length) return held;
    dealt[place] = experts;
  }
  return dealt;
}

function settle(old: Int32Array, held: number[][], slotsPerRank: number): Int32Array {
  const settled = new Int32Array(old.length).fill(-1);
  for (const [rank, experts] of held.entries()) {
    const first = rank * slotsPerRank;
    const arriving = new Set(experts.toSorted((a, b) => a - b));
    for (let slot = first; slot < first + slotsPerRank; slot++) {
      if (arriving.delete(old[slot]!)) settled[slot] = old[slot]!;
    }
    for (const expert of arriving) settled[settled.indexOf(-1, first)] = expert;
  }
  return settled;
}
