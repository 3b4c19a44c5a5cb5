import type { Objective } from '../model.ts';
import { type Alpha, countCopies } from './counts.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { lowerPeaks } from './lowerPeaks.ts';
import { race } from './race.ts';
import type { Random } from './random.ts';
import { repeats } from './repetition.ts';
import { expertNeed } from './selection.ts';
import { createShareState, emptied } from './shareState.ts';
import { anchored } from './usual.ts';
import { placeByVectorLpt } from './vectorLpt.ts';

/**
 * Placement for several episodes under uniform split. Counts come from the experts' need, which leans to
 * the episodes in which they are hot. `fallback` makes any placement.
 */
export function solveEpisodes(
  layer: Layer,
  objective: Objective,
  bound: number,
  effort: number,
  fallback: () => LayerSlots,
  random: Random,
): LayerSlots {
  const scale = effort === 0 ? FAST : effort;
  if (!repeats(layer)) return solveUnlike(layer, objective, bound, scale, fallback, random);
  const state = createShareState(layer, 'uniform');
  const starts = vectorStarts(layer, effort > 1 ? STARTS : STARTS.slice(0, 2));
  if (starts.length === 0) starts.push(fallback());
  race(state, starts, bound, Math.round(ENERGY_MOVES * scale), effort > 1 ? 3 : 1, random);
  lowerPeaks(state, objective, bound, Math.round(PEAK_MOVES * scale), random);
  return emptied(state);
}

/** Episodes that don't repeat: counts stay what the usual loads want, and the usual loads stay balanced beside the flares. */
function solveUnlike(
  layer: Layer,
  objective: Objective,
  bound: number,
  scale: number,
  fallback: () => LayerSlots,
  random: Random,
): LayerSlots {
  const start = vectorStarts(layer, STARTS.slice(0, 1))[0] ?? fallback();
  const state = createShareState(anchored(layer, start), 'uniform', true);
  race(state, [start], bound, Math.round(UNLIKE_ENERGY_MOVES * scale), 1, random);
  lowerPeaks(state, objective, bound, Math.round(UNLIKE_PEAK_MOVES * scale), random);
  return emptied(state);
}

const ENERGY_MOVES = 2000;
const PEAK_MOVES = 8000;
const UNLIKE_ENERGY_MOVES = 200;
const UNLIKE_PEAK_MOVES = 13_000;
const FAST = 0.1;

type Member = readonly ['need' | 'largest', number, Alpha];
const STARTS: readonly Member[] = [
  ['need', Number.POSITIVE_INFINITY, 1],
  ['largest', 0.85, 0.75],
  ['largest', 0.6, 0.5],
];

function vectorStarts(layer: Layer, members: readonly Member[]): LayerSlots[] {
  const starts: LayerSlots[] = [];
  const counts = new Int32Array(layer.experts);
  for (const [norm, theta, alpha] of members) {
    const weight = norm === 'need' ? expertNeed(layer) : largestOverEpisodes(layer);
    if (!countCopies(layer, weight, theta, alpha, counts)) continue;
    const slots = placeByVectorLpt(layer, weight, counts);
    if (slots !== null) starts.push(slots);
  }
  return starts;
}

function largestOverEpisodes(layer: Layer): Float64Array {
  const { experts, weight } = layer;
  const largest = new Float64Array(experts);
  for (let at = 0; at < weight.length; at++) largest[at % experts] = Math.max(largest[at % experts]!, weight[at]!);
  return largest;
}
