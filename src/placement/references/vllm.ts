import type { Placement } from '../model.ts';
import { eplbLayer } from './eplb.ts';
import { type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { float64 } from './packing.ts';

/**
 * vLLM's default policy (policy/default.py, August 2026): DeepSeek EPLB with sums in doubles over float32 loads, then
 * experts that stay on a rank keep their slot there. Global where the ranks don't divide over the nodes.
 *
 * Deviation: stable sorts, as in `eplb`. Kept: ranks are never relabelled, so nearly every expert moves; duplicates.
 */
export function vllm(problem: ReferenceProblem): Placement {
  const { groups = 1 } = problem;
  const nodes = problem.nodes !== undefined && problem.ranks % problem.nodes === 0 ? problem.nodes : 1;
  return solveLayers(problem, ({ total, ranks, slotsPerRank, old }) => {
    const shape = { groups, nodes, ranks, slots: ranks * slotsPerRank };
    const { slotExpert } = eplbLayer(Float32Array.from(total), shape, float64);
    return old === undefined ? slotExpert : keepSlots(old, slotExpert, ranks);
  });
}

/**
 * Reorders each rank so that an expert it already held stands where it stood: slots ascending take the first copy not
 * yet used, the other experts fill what is left in their order.
 */
export function keepSlots(old: ArrayLike<number>, wanted: ArrayLike<number>, ranks: number): Int32Array {
  const slotsPerRank = wanted.length / ranks;
  const kept = new Int32Array(wanted.length);
  for (let first = 0; first < wanted.length; first += slotsPerRank) {
    const arriving: (number | undefined)[] = Array.from({ length: slotsPerRank }, (_, i) => wanted[first + i]!);
    const free: number[] = [];
    for (let slot = first; slot < first + slotsPerRank; slot++) {
      const staying = arriving.indexOf(old[slot]!);
      if (staying < 0) {
        free.push(slot);
      } else {
        kept[slot] = old[slot]!;
        arriving[staying] = undefined;
      }
    }
    let next = 0;
    for (const expert of arriving) if (expert !== undefined) kept[free[next++]!] = expert;
  }
  return kept;
}
