import type { Layer } from './layer.ts';
import { never } from './timeLimit.ts';

export interface LayerShape {
  readonly experts: number;
  readonly ranks: number;
  readonly slots: number;
  readonly ranksPerHost: number;
  readonly maxCopies: number;
  readonly capability?: Float64Array | undefined;
  readonly cover?: 'rank' | 'host' | undefined;
  /** default: there is no time limit */
  readonly shouldStop?: (() => boolean) | undefined;
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
  const hosts = Math.ceil(ranks / shape.ranksPerHost);
  const copies = Math.min(ranks * slots, experts * maxCopies);
  return {
    experts,
    ranks,
    slots,
    ranksPerHost: shape.ranksPerHost,
    hosts,
    maxCopies,
    leastCopies: leastCopies(meanWeight, copies, shape.cover !== undefined && maxCopies > 1),
    coverHosts: shape.cover === 'host' && hosts > 1,
    copies,
    episodes,
    weight,
    meanWeight,
    ...slownessOf(ranks, shape.capability),
    shouldStop: shape.shouldStop ?? never,
  };
}

/** Where copies don't suffice for two of each, the hottest experts get the second ones: they serve the balance best. */
function leastCopies(weight: Float64Array, copies: number, cover: boolean): Int32Array {
  const least = new Int32Array(weight.length).fill(1);
  if (!cover) return least;
  const order = Int32Array.from(least.keys()).sort((a, b) => weight[b]! - weight[a]! || a - b);
  for (const expert of order.subarray(0, copies - weight.length)) least[expert] = 2;
  return least;
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
