import type { Layer } from './layer.ts';

/** fewer count as repeating */
const LEAST_EPISODES = 4;
/** Random flares show at most 0.12; recurring bursts, drift and taking turns from 0.43 up. */
const SIGN = 0.3;

/**
 * Whether what the episodes show will be seen again. Two signs tell: the same experts are restless in episode after
 * episode, or some episodes look alike. Where flares hit any expert at random neither is there, and a placement that fits
 * the flares of the past is worse in the next episode than one that knows only the usual loads. Fewer than four
 * episodes can't tell, and are believed.
 */
export function repeats(layer: Layer): boolean {
  if (layer.episodes < LEAST_EPISODES) return true;
  let answer = answers.get(layer);
  if (answer === undefined) {
    answer = restlessness(layer) >= SIGN || likeness(layer) >= SIGN;
    answers.set(layer, answer);
  }
  return answer;
}

/** Several steps ask of the same layer, which doesn't change. */
const answers = new WeakMap<Layer, boolean>();

/**
 * Intraclass reliability of the experts' squared relative deviations: 1 where each expert's are the same in all
 * episodes and differ between experts, 0 where the differences between experts are what chance makes of them.
 */
function restlessness(layer: Layer): number {
  const { experts, episodes, weight, meanWeight } = layer;
  const mean = new Float64Array(experts);
  let all = 0;
  let loaded = 0;
  for (let expert = 0; expert < experts; expert++) {
    if (meanWeight[expert] === 0) continue;
    for (let at = expert; at < weight.length; at += experts) {
      const away = weight[at]! / meanWeight[expert]! - 1;
      mean[expert] = mean[expert]! + (away * away) / episodes;
    }
    all += mean[expert]!;
    loaded++;
  }
  if (loaded < 2) return 0;
  let between = 0;
  let within = 0;
  for (let expert = 0; expert < experts; expert++) {
    if (meanWeight[expert] === 0) continue;
    between += (mean[expert]! - all / loaded) ** 2;
    for (let at = expert; at < weight.length; at += experts) {
      const away = weight[at]! / meanWeight[expert]! - 1;
      within += (away * away - mean[expert]!) ** 2;
    }
  }
  between *= episodes / (loaded - 1);
  within /= loaded * (episodes - 1);
  return between > 0 ? 1 - within / between : 0;
}

/** The correlation of each episode's relative deviations with those of the episode most like it, the mean over episodes. */
function likeness(layer: Layer): number {
  const { experts, episodes, weight, meanWeight } = layer;
  const away = new Float64Array(episodes * experts);
  for (let at = 0; at < weight.length; at++) {
    const usual = meanWeight[at % experts]!;
    if (usual > 0) away[at] = weight[at]! / usual - 1;
  }
  const most = new Float64Array(episodes);
  for (let a = 0; a < episodes; a++) {
    for (let b = a + 1; b < episodes; b++) {
      const correlation = cosine(away, a * experts, b * experts, experts);
      most[a] = Math.max(most[a]!, correlation);
      most[b] = Math.max(most[b]!, correlation);
    }
  }
  return most.reduce((sum, value) => sum + value, 0) / episodes;
}

function cosine(values: Float64Array, a: number, b: number, length: number): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < length; i++) {
    product += values[a + i]! * values[b + i]!;
    squareA += values[a + i]! * values[a + i]!;
    squareB += values[b + i]! * values[b + i]!;
  }
  return product > 0 ? product / Math.sqrt(squareA * squareB) : 0;
}
