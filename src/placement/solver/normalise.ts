import type { Layer } from './layer.ts';

export interface LayerShape {
  readonly experts: number;
  readonly ranks: number;
  readonly slots: number;
  readonly ranksPerHost: number;
  readonly maxCopies: number;
  readonly capability?: Float64Array | undefined;
}

/** `tokens` is [episode][expert] of one layer. */
export function normaliseLayer(shape: LayerShape, tokens: Float64Array): Layer {
  const { experts, ranks } = shape;
  const loaded: number[] = [];
  for (let first = 0; first < tokens.length; first += experts) {
    for (let i = first; i < first + experts; i++) {
      if (tokens[i]! > 0) {
        loaded.push(first);
        break;
      }
    }
  }
  const episodes = Math.max(1, loaded.length);
  const weight = new Float64Array(episodes * experts);
  const meanWeight = new Float64Array(experts);
  for (let episode = 0; episode < loaded.length; episode++) {
    const first = loaded[episode]!;
    let total = 0;
    for (let i = 0; i < experts; i++) total += tokens[first + i]!;
    for (let expert = 0; expert < experts; expert++) {
      const share = (tokens[first + expert]! / total) * ranks;
      weight[episode * experts + expert] = share;
      meanWeight[expert] = meanWeight[expert]! + share / episodes;
    }
  }
  const slots = Math.min(shape.slots, experts);
  const maxCopies = Math.max(1, Math.min(shape.maxCopies, ranks));
  return {
    experts,
    ranks,
    slots,
    ranksPerHost: shape.ranksPerHost,
    hosts: Math.ceil(ranks / shape.ranksPerHost),
    maxCopies,
    copies: Math.min(ranks * slots, experts * maxCopies),
    episodes,
    weight,
    meanWeight,
    ...slownessOf(ranks, shape.capability),
  };
}

function slownessOf(ranks: number, capability: Float64Array | undefined) {
  const slowness = new Float64Array(ranks).fill(1);
  if (capability === undefined) return { slowness, evenRanks: true };
  let mean = 0;
  for (let rank = 0; rank < ranks; rank++) mean += capability[rank]! / ranks;
  let evenRanks = true;
  for (let rank = 0; rank < ranks; rank++) {
    slowness[rank] = mean / capability[rank]!;
    if (capability[rank] !== capability[0]) evenRanks = false;
  }
  if (evenRanks) slowness.fill(1);
  return { slowness, evenRanks };
}
