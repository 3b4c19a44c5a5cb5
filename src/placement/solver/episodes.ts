import type { Random } from '../random.ts';
import { type Alpha, countCopies, MIN_MAX } from './counts.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { lowerBursts } from './lowerBursts.ts';
import { lowerPeaks } from './lowerPeaks.ts';
import type { SearchGoal } from './objective.ts';
import { repeats } from './repetition.ts';
import { expertNeed } from './selection.ts';
import { createShareState, emptied, setPlacement } from './shareState.ts';
import { halveCandidates } from './successiveHalving.ts';
import { needOfUsual, usualLoads } from './usual.ts';
import { placeByVectorLpt } from './vectorLpt.ts';

/** random moves at effort 1, first on the energy, then on the peaks */
const ENERGY_MOVES = 2000;
const PEAK_MOVES = 8000;
/** random moves at effort 1 for episodes that do not repeat */
const UNLIKE_MOVES = 16_000;
/** effort of the fast mode, which is 0 as given */
const FAST = 0.1;
/** A longer search would fit the flares that were seen ever closer, so it pays more for a rank that is usually hot. */
const USUAL_PRICE = 0.8;
/** the same for episodes that do not repeat */
const UNLIKE_FAST = 0.2;
const USUAL_PRICE_FAST = 0.2;
/** all of them above effort 1, else the first two */
const STARTS: readonly Member[] = [
  ['need', Number.POSITIVE_INFINITY, 1],
  ['largest', 0.85, 0.75],
  ['largest', 0.6, 0.5],
];

/**
 * Placement for several episodes under uniform split. Counts come from the experts' need, which leans to
 * the episodes in which they are hot. `fallback` makes any placement.
 */
export function solveEpisodes(layer: Layer, goal: SearchGoal, fallback: () => LayerSlots, random: Random): LayerSlots {
  if (!repeats(layer)) return solveUnlike(layer, goal, fallback, random);
  const { objective, bound, effort } = goal;
  const scale = effort === 0 ? FAST : effort;
  const state = createShareState(layer, 'uniform');
  const starts = vectorStarts(layer, effort > 1 ? STARTS : STARTS.slice(0, 2));
  if (starts.length === 0) starts.push(fallback());
  const halving = { base: bound, moves: Math.round(ENERGY_MOVES * scale), most: effort > 1 ? 3 : 1 };
  halveCandidates(state, starts, halving, random);
  lowerPeaks(state, objective, bound, Math.round(PEAK_MOVES * scale), random);
  return emptied(state);
}

/**
 * Episodes that don't repeat. Copies and first places are for what the experts need whatever comes, so there is room
 * beside those that are known to flare high; then the peaks that were seen are lowered as far as the usual loads stay balanced.
 */
function solveUnlike(
  layer: Layer,
  { objective, bound, effort }: SearchGoal,
  fallback: () => LayerSlots,
  random: Random,
): LayerSlots {
  const usual = usualLoads(layer);
  const need = needOfUsual(layer, usual);
  const counts = new Int32Array(layer.experts);
  countCopies(layer, need, MIN_MAX, counts);
  const state = createShareState(layer, 'uniform', true);
  setPlacement(state, placeByVectorLpt({ ...layer, episodes: 1, weight: usual }, need, counts) ?? fallback());
  const scale = effort === 0 ? UNLIKE_FAST : effort;
  const price = effort === 0 ? USUAL_PRICE_FAST : USUAL_PRICE * Math.sqrt(Math.sqrt(effort));
  const moves = Math.round(UNLIKE_MOVES * scale);
  lowerBursts(state, usual, { objective, target: bound, price, moves }, random);
  return emptied(state);
}

type Member = readonly ['need' | 'largest', number, Alpha];

function vectorStarts(layer: Layer, members: readonly Member[]): LayerSlots[] {
  const starts: LayerSlots[] = [];
  const counts = new Int32Array(layer.experts);
  for (const [norm, theta, alpha] of members) {
    const weight = norm === 'need' ? expertNeed(layer) : largestOverEpisodes(layer);
    if (!countCopies(layer, weight, [theta, alpha], counts)) continue;
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
