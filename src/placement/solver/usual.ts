import type { Layer, LayerSlots } from './layer.ts';
import { objectiveOf } from './objective.ts';
import { repeats } from './repetition.ts';

/** share of the mean load that is usual at least; with less, the mean counts */
const LEAST_USUAL = 0.1;
/** largest over usual load of an expert, at most */
const MOST_TIMES = 16;
/** The highest flare to come is above what the average expert has shown. */
const UNSEEN = 1.4;
/** of the added episode of usual loads: times the PAR of the start */
const WEIGHT_OF_USUAL = 1.2;

/** [expert], the median over episodes, normalised like an episode: what is left of the loads without their flares. */
export function usualLoads(layer: Layer): Float64Array {
  const { experts, episodes, weight, meanWeight, ranks } = layer;
  const usual = new Float64Array(experts);
  const values = new Float64Array(episodes);
  let total = 0;
  for (let expert = 0; expert < experts; expert++) {
    for (let episode = 0; episode < episodes; episode++) values[episode] = weight[episode * experts + expert]!;
    sortRising(values);
    usual[expert] = (values[(episodes - 1) >> 1]! + values[episodes >> 1]!) / 2;
    total += usual[expert]!;
  }
  // hardly any load that is more than a flare: then there is nothing usual but the mean
  if (total < ranks * LEAST_USUAL) return meanWeight;
  for (let expert = 0; expert < experts; expert++) usual[expert] = (usual[expert]! / total) * ranks;
  return usual;
}

/** By insertion: episodes are few, and `sort` of a typed array costs more than the rest. */
function sortRising(values: Float64Array): void {
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0 && values[at - 1]! > value; at--) values[at] = values[at - 1]!;
    values[at] = value;
  }
}

/**
 * [expert], the need of experts whose flares say nothing about the next: the usual load, unless the expert was seen far above it.
 * How far is measured at the layer's own flares: most experts have not been seen at their highest yet.
 */
export function needOfUsual(layer: Layer, usual: Float64Array): Float64Array {
  const { experts, weight } = layer;
  const largest = new Float64Array(experts);
  for (let at = 0; at < weight.length; at++) largest[at % experts] = Math.max(largest[at % experts]!, weight[at]!);
  let flare = 0;
  for (let expert = 0; expert < experts; expert++) {
    const times = usual[expert]! > 0 ? largest[expert]! / usual[expert]! : MOST_TIMES;
    flare += Math.min(MOST_TIMES, times) / experts;
  }
  return usual.map((load, expert) => Math.max(load, largest[expert]! / (flare * UNSEEN)));
}

/**
 * For placing episodes that don't repeat: the layer with one more episode, the usual loads, a fifth higher than the peaks of
 * `start`. So they count as much as the flares, and stay balanced between them. A layer that repeats is left as it is.
 */
export function anchored(layer: Layer, start: LayerSlots): Layer {
  if (repeats(layer)) return layer;
  const usual = usualLoads(layer);
  const height = objectiveOf(layer, start, 'uniform', 'mean') * WEIGHT_OF_USUAL;
  const weight = new Float64Array(layer.weight.length + layer.experts);
  weight.set(layer.weight);
  for (let expert = 0; expert < layer.experts; expert++) weight[layer.weight.length + expert] = usual[expert]! * height;
  return { ...layer, episodes: layer.episodes + 1, weight };
}
