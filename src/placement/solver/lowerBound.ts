import type { Objective, Split } from '../types.ts';
import { companionBound } from './companionBound.ts';
import { countCopies, MIN_MAX } from './counts.ts';
import type { Layer } from './layer.ts';
import { combine } from './objective.ts';

/**
 * No placement of one episode has a lower peak under uniform split: not below the mean, nor below the largest unit
 * load, which min-max counts make as small as it can be. With one slot per rank that is exact on even ranks.
 */
export function uniformBound(layer: Layer, weight: Float64Array): number {
  const counts = new Int32Array(layer.experts);
  countCopies(layer, weight, MIN_MAX, counts);
  return boundOfMinMax(layer, weight, counts);
}

/** `counts` are the min-max ones. */
export function boundOfMinMax(layer: Layer, weight: Float64Array, counts: Int32Array): number {
  let unit = 0;
  let total = 0;
  for (let expert = 0; expert < layer.experts; expert++) {
    unit = Math.max(unit, weight[expert]! / counts[expert]!);
    total += weight[expert]!;
  }
  if (total === 0) return 0;
  return Math.max(1, unit * fastestOf(layer));
}

function fastestOf(layer: Layer): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (const slowness of layer.slowness) fastest = Math.min(fastest, slowness);
  return fastest;
}

/** No placement of the layer has a lower objective. */
export function layerBound(layer: Layer, split: Split, objective: Objective): number {
  const bounds = new Float64Array(layer.episodes);
  for (let episode = 0; episode < layer.episodes; episode++) {
    const weight = layer.weight.subarray(episode * layer.experts, (episode + 1) * layer.experts);
    // under affine routing some copy serves at least its even share of the sources, so the unit bound holds there too
    bounds[episode] = 1;
    if (split === 'fractional') continue;
    bounds[episode] = Math.max(1, uniformBound(layer, weight));
    if (split === 'affine') continue;
    bounds[episode] = Math.max(bounds[episode]!, companionBound(layer, weight) * fastestOf(layer));
  }
  return combine(bounds, objective);
}
