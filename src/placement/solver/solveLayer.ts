import { Random } from '../random.ts';
import { solveAffine } from './affine.ts';
import type { Task } from './checkProblem.ts';
import { coverHosts } from './coverHosts.ts';
import { solveEpisodes } from './episodes.ts';
import { isSmall, proveOptimum } from './exact.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { uniformBound } from './lowerBound.ts';
import { slotsOfTable } from './table.ts';
import { createUniformWork, solveUniform, type UniformWork } from './uniform.ts';

/** random moves at effort 1 that restore the balance under host cover */
const COVER_MOVES = 20_000;
/** nodes of branch and bound at effort 1 */
const EXACT_NODES = 2_000_000;

export interface LayerResult {
  /** [rank][slot] of `layer.slots` per rank */
  readonly slots: LayerSlots;
  readonly proven: boolean;
}

/** Places one layer freely, whatever was there before. */
export function solveLayer(layer: Layer, task: Task, seed: number, scratch: Scratch): LayerResult {
  const random = new Random(seed);
  const result = solveUncovered(layer, task, random, scratch);
  if (!layer.coverHosts) return result;
  const { split, effort } = task;
  const kind = split === 'fractional' ? 'uniform' : split;
  const moves = Math.round(COVER_MOVES * (effort === 0 ? 0.1 : effort));
  const slots = coverHosts(layer, kind, result.slots, { bound: planeBound(layer), moves }, random);
  return { slots, proven: false };
}

function solveUncovered(layer: Layer, task: Task, random: Random, scratch: Scratch): LayerResult {
  const { split, objective, effort } = task;
  const work = scratchFor(layer, scratch);
  const isUniform = split === 'uniform' || split === 'fractional';
  if (isUniform && layer.episodes === 1) return solveOneEpisode(layer, effort, random, work);
  const ofTheMean = () => {
    solveUniform(layer, 0, random, work);
    return slotsOfTable(layer, work.best);
  };
  const bound = planeBound(layer);
  const slots = isUniform
    ? solveEpisodes(layer, { objective, bound, effort }, ofTheMean, random)
    : solveAffine(layer, split, { objective, bound, effort }, ofTheMean(), random);
  return { slots, proven: false };
}

/** What no rank of any plane can be expected to stay under; with several episodes each has its own, so the mean. */
function planeBound(layer: Layer): number {
  return layer.episodes === 1 ? uniformBound(layer, layer.meanWeight) : 1;
}

function solveOneEpisode(layer: Layer, effort: number, random: Random, work: UniformWork): LayerResult {
  const peak = solveUniform(layer, effort, random, work);
  if (effort === 0 || !isSmall(layer)) return { slots: slotsOfTable(layer, work.best), proven: false };
  const bound = uniformBound(layer, layer.meanWeight);
  const { proven } = proveOptimum(layer, work.best, { bound, peak, nodes: Math.round(EXACT_NODES * effort) });
  return { slots: slotsOfTable(layer, work.best), proven };
}

/** Work arrays, kept from layer to layer of the same shape. */
export interface Scratch {
  shape: string;
  work: UniformWork | undefined;
}

export function createScratch(): Scratch {
  return { shape: '', work: undefined };
}

function scratchFor(layer: Layer, scratch: Scratch): UniformWork {
  const shape = `${layer.experts} ${layer.ranks} ${layer.slots}`;
  if (scratch.work === undefined || scratch.shape !== shape) {
    scratch.shape = shape;
    scratch.work = createUniformWork(layer);
  }
  return scratch.work;
}
