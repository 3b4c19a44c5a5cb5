import type { Objective, Split } from '../types.ts';
import { fractionalPeak } from './fractional.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { affineHeights, uniformHeights } from './rankLoads.ts';

/** What a search of a layer aims for. */
export interface SearchGoal {
  readonly objective: Objective;
  /** what no placement can be expected to stay under */
  readonly bound: number;
  readonly effort: number;
}

/** PAR of a layer's placement for one load, [expert] normalised as in `Layer`; 1 where there is no load. */
export function parOf(layer: Layer, slots: LayerSlots, weight: Float64Array, split: Split): number {
  const heights = new Float64Array(layer.ranks);
  if (split === 'fractional') return atLeastOne(fractionalPeak(layer, slots, weight));
  let peak = 0;
  if (split !== 'affine') {
    uniformHeights(layer, slots, weight, heights);
    for (const height of heights) peak = Math.max(peak, height);
  }
  if (split !== 'uniform') {
    affineHeights(layer, slots, weight, heights);
    for (const height of heights) peak = Math.max(peak, height);
  }
  return atLeastOne(peak);
}

/** The objective over a layer's episodes; under `joint` each episode counts with the worse of both splits. */
export function objectiveOf(layer: Layer, slots: LayerSlots, split: Split, objective: Objective): number {
  const pars = new Float64Array(layer.episodes);
  for (let episode = 0; episode < layer.episodes; episode++) {
    const weight = layer.weight.subarray(episode * layer.experts, (episode + 1) * layer.experts);
    pars[episode] = parOf(layer, slots, weight, split);
  }
  return combine(pars, objective);
}

/** `pars` is reordered. A quantile is the least value that at least that share of the episodes does not exceed. */
export function combine(pars: Float64Array, objective: Objective): number {
  if (objective === 'mean') {
    let sum = 0;
    for (const par of pars) sum += par;
    return sum / pars.length;
  }
  pars.sort();
  if (objective === 'max') return pars[pars.length - 1]!;
  return pars[Math.ceil(objective.quantile * pars.length) - 1]!;
}

function atLeastOne(peak: number): number {
  return Math.max(peak, 1);
}
