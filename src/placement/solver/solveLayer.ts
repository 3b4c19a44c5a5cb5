import type { Task } from './checkProblem.ts';
import { isSmall, proveOptimum } from './exact.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { uniformBound } from './lowerBound.ts';
import { Random } from './random.ts';
import { toSlots } from './table.ts';
import { createUniformWork, solveUniform, type UniformWork } from './uniform.ts';

export interface LayerResult {
  /** [rank][slot] of `layer.slots` per rank */
  readonly slots: LayerSlots;
  readonly proven: boolean;
}

/** Places one layer freely, whatever was there before. */
export function solveLayer(layer: Layer, task: Task, seed: number, scratch: Scratch): LayerResult {
  const work = scratchFor(layer, scratch);
  const random = new Random(seed);
  const weight = layer.meanWeight;
  const peak = solveUniform(layer, weight, task.effort, random, work);
  if (task.effort === 0 || !isSmall(layer)) return { slots: toSlots(layer, work.best), proven: false };
  const bound = uniformBound(layer, weight);
  const { proven } = proveOptimum(layer, weight, bound, peak, work.best, Math.round(EXACT_NODES * task.effort));
  return { slots: toSlots(layer, work.best), proven };
}

const EXACT_NODES = 2_000_000;

/** Work arrays, kept from layer to layer of the same shape. */
export interface Scratch {
  shape: string;
  work: UniformWork | undefined;
}

export function scratchFor(layer: Layer, scratch: Scratch): UniformWork {
  const shape = `${layer.experts} ${layer.ranks} ${layer.slots}`;
  if (scratch.work === undefined || scratch.shape !== shape) {
    scratch.shape = shape;
    scratch.work = createUniformWork(layer);
  }
  return scratch.work;
}
