import { assignRows } from '../assignment.ts';
import { type Placement, PlacementError } from '../types.ts';
import { measureStatistics, placeByVariance } from './flashlbPlace.ts';
import { type Curve, minMaxCurve, percentageCurve, searchCounts } from './flashlbSearch.ts';
import { keepSlots } from './keepSlots.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { vllmInitialSlots } from './vllm.ts';

/**
 * vllm-ascend's FlashLB (182b75ea) for its first call: replicas and places chosen together, over all episodes, by a
 * beam of width one. The experts, in falling mean + z * deviation, form `DEPTH` groups; for one group after the other,
 * numbers of extra copies around the min-max guess are tried by placing everything and scoring the mean PAR. Then ranks
 * are relabelled so that least experts move.
 *
 * Deviations: where a copy finds no rank the original writes past its array and scores garbage; here that candidate is
 * infeasible, and if no feasible one is found the old placement stays, as the original does when it survives. Sorts are
 * stable. Kept: loads + 1, float32 rank sums, no limit of copies per expert, layers are returned whether better or not.
 */
export function flashlb(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => solveLayer(layer, minMaxCurve));
}

/** FlashLB with replicas in proportion to load, its default before #9611. */
export function flashlbPercentage(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => solveLayer(layer, percentageCurve));
}

function solveLayer(layer: LayerProblem, curve: Curve): Int32Array {
  const { experts, ranks, slotsPerRank } = layer;
  if (slotsPerRank > experts) {
    throw new PlacementError(
      'infeasible',
      `layer ${layer.layer} has ${slotsPerRank} slots per rank for ${experts} experts`,
    );
  }
  const old = layer.old ?? vllmInitialSlots(experts, ranks, slotsPerRank);
  const statistics = measureStatistics(layer);
  const placed = placeByVariance(statistics, searchCounts(statistics, curve));
  if (placed === undefined) return old;
  return keepSlots(old, relabelRanks(old, placed, ranks, slotsPerRank), ranks);
}

function relabelRanks(old: Int32Array, placed: Int32Array, ranks: number, slotsPerRank: number): Int32Array {
  const cost = new Float64Array(ranks * ranks);
  for (let rank = 0; rank < ranks; rank++) {
    for (let label = 0; label < ranks; label++) {
      const leaving = Array.from(old.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank));
      let moved = 0;
      for (let slot = label * slotsPerRank; slot < (label + 1) * slotsPerRank; slot++) {
        const at = leaving.indexOf(placed[slot]!);
        if (at < 0) moved++;
        else leaving.splice(at, 1);
      }
      cost[rank * ranks + label] = moved;
    }
  }
  const labels = assignRows(cost, ranks);
  const relabelled = new Int32Array(placed.length);
  for (let rank = 0; rank < ranks; rank++) {
    const first = labels[rank]! * slotsPerRank;
    relabelled.set(placed.subarray(first, first + slotsPerRank), rank * slotsPerRank);
  }
  return relabelled;
}
