import type { Placement } from '../types.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';

/**
 * TensorRT-LLM (moeLoadBalancer.cpp 0d919a4f, doReplication and doPlacement): min-max replication where ties go to the
 * highest expert, then copies in falling load to the lightest rank with room; ties by lowest expert and lowest rank.
 * A layer without load shares the spare slots evenly, the first experts take the remainder.
 *
 * Deviation: none; loads are float32, sums double. Kept: no duplicate avoidance, no regard for the old placement.
 */
export function trtllm(problem: ReferenceProblem): Placement {
  return solveLayers(problem, placeLayer);
}

function placeLayer({ experts, ranks, slotsPerRank, total }: LayerProblem): Int32Array {
  const weight = Float32Array.from(total);
  const counts = replicate(weight, ranks * slotsPerRank);
  const unit = Float64Array.from(weight, (load, expert) => load / counts[expert]!);
  const order = Int32Array.from({ length: experts }, (_, expert) => expert).sort(
    (a, b) => unit[b]! - unit[a]! || a - b,
  );
  const slotExpert = new Int32Array(ranks * slotsPerRank);
  const filled = new Int32Array(ranks);
  const rankLoad = new Float64Array(ranks);
  for (const expert of order) {
    for (let copy = 0; copy < counts[expert]!; copy++) {
      let lightest = -1;
      for (let rank = 0; rank < ranks; rank++) {
        if (filled[rank]! < slotsPerRank && (lightest < 0 || rankLoad[rank]! < rankLoad[lightest]!)) lightest = rank;
      }
      slotExpert[lightest * slotsPerRank + filled[lightest]!] = expert;
      filled[lightest]! += 1;
      rankLoad[lightest]! += unit[expert]!;
    }
  }
  return slotExpert;
}

function replicate(weight: Float32Array, slots: number): Int32Array {
  const experts = weight.length;
  if (weight.every((load) => load === 0)) {
    const share = Math.floor(slots / experts);
    return Int32Array.from(weight, (_, expert) => share + (expert < slots % experts ? 1 : 0));
  }
  const counts = new Int32Array(experts).fill(1);
  const unit = Float64Array.from(weight);
  for (let spare = slots - experts; spare > 0; spare--) {
    let chosen = 0;
    for (let expert = 1; expert < experts; expert++) if (unit[expert]! >= unit[chosen]!) chosen = expert;
    counts[chosen]! += 1;
    unit[chosen] = weight[chosen]! / counts[chosen]!;
  }
  return counts;
}
