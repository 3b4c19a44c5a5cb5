import { random } from '../random.ts';

/** Chooses a token's experts in a layer; writes `topK` distinct ones into `out`. */
export type Gate = (layer: number, token: number, skew: number, drift: number, out: Int32Array) => void;

const MAX_DRAWS_PER_EXPERT = 16;
const KEPT_TIMES = 4;

/**
 * A seeded stand-in for the model's gate: in every layer the experts' popularity is a zipf law (exponent `skew`) over a
 * permutation of its own. The choice depends on what is given alone, so any rank gives the same answer.
 *
 * `drift` is the time traffic has come to. At every whole number the layers have other permutations; between two of them a
 * growing share of the tokens, drift's fraction, goes by the later ones: what they talk about is new.
 */
export function makeGate(seed: number, numLayers: number, numExperts: number): Gate {
  const byTime = new Map<number, Int32Array[]>(); // expert by [layer][popularity]
  const cumulative = new Map<number, Float64Array>();
  return (layer, token, skew, drift, out) => {
    let sums = cumulative.get(skew);
    if (!sums) {
      sums = zipfSums(numExperts, skew);
      cumulative.set(skew, sums);
    }
    const newer = drift % 1;
    const time = Math.floor(drift) + (newer > 0 && random(hash(seed, token, 3))() < newer ? 1 : 0);
    let byPopularity = byTime.get(time);
    if (!byPopularity) {
      byPopularity = permutations(seed, time, numLayers, numExperts);
      byTime.set(time, byPopularity);
      if (byTime.size > KEPT_TIMES) byTime.delete(byTime.keys().next().value!);
    }
    const experts = byPopularity[layer]!;
    const next = random(hash(seed, layer, token));
    let drawsLeft = MAX_DRAWS_PER_EXPERT * out.length;
    for (let found = 0; found < out.length; ) {
      // a very skewed law repeats itself: then the most popular experts not yet taken complete the choice
      const at = drawsLeft-- > 0 ? search(sums, next() * sums[numExperts - 1]!) : firstUntaken(experts, out, found);
      const expert = experts[at]!;
      if (out.subarray(0, found).indexOf(expert) < 0) out[found++] = expert;
    }
  };
}

function zipfSums(numExperts: number, skew: number): Float64Array {
  const sums = new Float64Array(numExperts);
  let sum = 0;
  for (let at = 0; at < numExperts; at++) {
    sum += (at + 1) ** -skew;
    sums[at] = sum;
  }
  return sums;
}

/** First index whose sum is above `value`. */
function search(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function firstUntaken(experts: Int32Array, taken: Int32Array, found: number): number {
  const used = taken.subarray(0, found);
  return experts.findIndex((expert) => used.indexOf(expert) < 0);
}

function permutations(seed: number, time: number, numLayers: number, numExperts: number): Int32Array[] {
  return Array.from({ length: numLayers }, (_, layer) => permutation(numExperts, hash(seed, layer, 1 + time)));
}

function permutation(size: number, seed: number): Int32Array {
  const out = Int32Array.from({ length: size }, (_, at) => at);
  const next = random(seed);
  for (let at = size - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    const kept = out[at]!;
    out[at] = out[other]!;
    out[other] = kept;
  }
  return out;
}

function hash(a: number, b: number, c: number): number {
  let h = 0x811c9dc5;
  for (const word of [a, b, c]) {
    h = Math.imul(h ^ word, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h >>> 0;
}
