import { layerSeed } from '../random.ts';
import type { Task } from './checkProblem.ts';
import { allocateMoves, type Point, paretoFront } from './front.ts';
import type { Layer } from './layer.ts';
import { objectiveOf } from './objective.ts';
import { createScratch, solveLayer } from './solveLayer.ts';

/** More redundant slots per rank than that gain nothing worth their memory. */
const MOST_EXTRA = 8;

/**
 * Slots per rank of every layer under a budget for all: each layer is placed in the fast mode with more and more slots,
 * and the slots go where a slot lowers PAR most. What would gain nothing is not spent. `layerWith` makes a layer of
 * the given slots per rank. Returns [layer].
 */
export function spendSlotBudget(
  task: Task,
  budget: number,
  layerWith: (index: number, slots: number) => Layer,
): Int32Array {
  const { load, ranks } = task.problem;
  const fast = { ...task, effort: 0 };
  const scratch = createScratch();
  const base = Math.ceil(load.experts / ranks);
  const spare = Math.floor((budget - base * ranks * load.layers) / ranks);
  const fronts: Point[][] = [];
  for (let index = 0; index < load.layers; index++) {
    const points: Point[] = [];
    for (let extra = 0; extra <= Math.min(spare, MOST_EXTRA) && base + extra <= load.experts; extra++) {
      // after the time limit a layer gets no more slots than its experts need
      if (extra > 0 && task.timeLimit.shouldStop()) break;
      const layer = layerWith(index, base + extra);
      const { slots } = solveLayer(layer, fast, layerSeed(task.seed, index), scratch);
      points.push({ moves: extra, par: objectiveOf(layer, slots, task.split, task.objective), slots });
    }
    fronts.push(paretoFront(points));
  }
  const chosen = allocateMoves(fronts, spare);
  return Int32Array.from(fronts, (front, index) => base + front[chosen[index]!]!.moves);
}
