import type { Objective, Split } from '../model.ts';
import { countCopies } from './counts.ts';
import type { Layer } from './layer.ts';
import { combine } from './objective.ts';

/**
 * No placement of one episode has a lower peak under uniform split: not below the mean, nor below the largest unit
 * load, which min-max counts make as small as it can be. With one slot per rank that is exact on even ranks.
 */
export function uniformBound(layer: Layer, weight: Float64Array): number {
  const counts = new Int32Array(layer.experts);
  countCopies(layer, weight, Number.POSITIVE_INFINITY, 1, counts);
  let unit = 0;
  let total = 0;
  for (let expert = 0; expert < layer.experts; expert++) {
    unit = Math.max(unit, weight[expert]! / counts[expert]!);
    total += weight[expert]!;
  }
  if (total === 0) return 0;
  let fastest = Number.POSITIVE_INFINITY;
  for (const slowness of layer.slowness) fastest = Math.min(fastest, slowness);
  return Math.max(1, unit * fastest);
}

/** No placement of the layer has a lower objective. */
export function layerBound(layer: Layer, split: Split, objective: Objective): number {
  const bounds = new Float64Array(layer.episodes);
  for (let episode = 0; episode < layer.episodes; episode++) {
    const weight = layer.weight.subarray(episode * layer.experts, (episode + 1) * layer.experts);
    // under affine routing some copy serves at least its even share of the sources, so the uniform bound holds
    bounds[episode] = split === 'fractional' ? 1 : Math.max(1, uniformBound(layer, weight));
  }
  return combine(bounds, objective);
}
