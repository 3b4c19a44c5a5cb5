import { eplbLayer } from './eplb.ts';
import { keepSlots } from './keepSlots.ts';
import { type ReferenceSolver, solveLayers } from './layerProblem.ts';
import { float64 } from './packing.ts';
import { notePlacedGlobally } from './placedGlobally.ts';

/**
 * vLLM's default policy (policy/default.py, August 2026): DeepSeek EPLB with sums in doubles over float32 loads, then
 * experts that stay on a rank keep their slot there. Global where the ranks don't divide over the nodes.
 *
 * Deviation: stable sorts, as in `eplb`. Kept: ranks are never relabelled, so nearly every expert moves; duplicates.
 */
export const vllm: ReferenceSolver = (problem, note) => {
  const { groups = 1, ranks, nodes: wanted = 1 } = problem;
  const nodes = ranks % wanted === 0 ? wanted : 1;
  notePlacedGlobally('ranks', ranks, wanted, note);
  notePlacedGlobally('groups', groups, nodes, note);
  return solveLayers(problem, ({ total, ranks, slotsPerRank, old }) => {
    const shape = { groups, nodes, ranks, slots: ranks * slotsPerRank };
    const { slotExpert } = eplbLayer(Float32Array.from(total), shape, float64);
    return old === undefined ? slotExpert : keepSlots(old, slotExpert, ranks);
  });
};

/** vLLM's and vllm-ascend's placement before any balancing: the experts, then from the first again. [rank][slot] */
export function vllmInitialSlots(experts: number, ranks: number, slotsPerRank: number): Int32Array {
  return Int32Array.from({ length: ranks * slotsPerRank }, (_, slot) => slot % experts);
}
