import { checkProblem } from './solver/checkProblem.ts';
import { layerOf } from './solver/layerOf.ts';
import { describe } from './solver/report.ts';
import type { Placement, PlacementProblem, Report } from './types.ts';

/** The report of any placement of a problem's load, whoever made it. Its slots may differ from the problem's. */
export function measurePlacement(problem: PlacementProblem, placement: Placement): Report {
  const { slotsPerRank } = placement;
  const task = checkProblem({ ...problem, slotBudget: undefined, slotsPerRank, maxMoves: undefined });
  const layers = Array.from({ length: placement.layers }, (_, index) => layerOf(task, index, slotsPerRank[index]!));
  const proven = layers.map(() => false);
  return describe(task, layers, placement, proven, false);
}
