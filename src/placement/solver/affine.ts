import type { Random } from '../random.ts';
import { constructAffine } from './affineConstruct.ts';
import { type AffineCountRule, countAffine, type ShareTable, tabulateShares } from './affineCounts.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { lowerPeaks, objectiveOfState } from './lowerPeaks.ts';
import type { SearchGoal } from './objective.ts';
import { expertNeed } from './selection.ts';
import { createShareState, emptied } from './shareState.ts';
import { halveCandidates } from './successiveHalving.ts';
import { anchored } from './usual.ts';

/** random moves of one layer at effort 1 */
const MOVES = 150_000;
/** effort of the fast mode, which is 0 as given */
const FAST = 0.03;
/** starts that race each other */
const CANDIDATES = 4;
/** A layer that stays this far above the bound is tried once more, from `LEAN_FAMILY`. */
const HARD = 1.005;
/** Beyond, it takes too long and finds next to nothing. */
const MOST_RANKS = 64;
/** divided by the ranks: a move takes the longer the more there are */
const SECOND_MOVES = 4_800_000;
/** further moves on the peaks of several planes, as a share of the first */
const PEAK_SHARE = 0.2;
/** relative distance to the bound that counts as reached */
const TOLERANCE = 3e-4;
/** for effort 0 */
const FAST_FAMILY: readonly AffineCountRule[] = [
  [0.01, 0.95, 0.75],
  [0.04, 0.95, 0.25],
];
/** no limit of unevenness, or of the unit load */
const NEVER = Number.POSITIVE_INFINITY;
const FAMILY: readonly AffineCountRule[] = [0.01, 0.04, NEVER].flatMap((tolerance): AffineCountRule[] => [
  [tolerance, NEVER, 1],
  [tolerance, 0.95, 0.75],
  [tolerance, 0.95, 0.25],
  [tolerance, 0.85, 0.75],
  [tolerance, 0.85, 0.25],
  [tolerance, 0.75, 0.5],
  [tolerance, 0.65, 0.5],
]);
/**
 * Where skew is heavy, most copies go to few experts, and what hinders is that ranks have to hold two copies of hot ones:
 * the fewest copies that keep a rank below its mean leave most of them to cold experts, which fit everywhere.
 */
const LEAN_FAMILY: readonly AffineCountRule[] = [
  [0.06, 1, 0.25],
  [0.06, 1, 0.5],
  [0.15, 1, 0.25],
  [NEVER, 1, 0.25],
  [NEVER, 0.97, 0.25],
];

/**
 * Placement for affine routing, or for affine and uniform together: constructions from several vectors of counts, and
 * the uniform solution, race each other. `uniform` is a placement made for uniform split.
 */
export function solveAffine(
  layer: Layer,
  kind: 'affine' | 'joint',
  { objective, bound, effort }: SearchGoal,
  uniform: LayerSlots,
  random: Random,
): LayerSlots {
  const state = createShareState(anchored(layer, uniform), kind);
  const starts = constructions(layer, effort === 0 ? FAST_FAMILY : FAMILY);
  starts.push(uniform);
  const base = bound * (1 + TOLERANCE / Math.max(1, effort));
  const search = (from: readonly LayerSlots[], moves: number) => {
    halveCandidates(state, from, { base, moves, most: CANDIDATES }, random);
    if (state.planes > 1) lowerPeaks(state, objective, bound, Math.round(moves * PEAK_SHARE), random);
    return objectiveOfState(state, objective);
  };
  const reached = search(starts, Math.round(MOVES * (effort === 0 ? FAST : effort)));
  const slots = emptied(state);
  if (effort === 0 || layer.episodes > 1 || layer.ranks > MOST_RANKS || reached <= bound * HARD) return slots;
  const others = constructions(layer, LEAN_FAMILY);
  if (others.length === 0) return slots;
  const moves = Math.round((SECOND_MOVES * effort) / layer.ranks);
  return search(others, moves) < reached ? emptied(state) : slots;
}

function constructions(layer: Layer, family: readonly AffineCountRule[]): LayerSlots[] {
  const starts: LayerSlots[] = [];
  const seen = new Set<string>();
  const table: ShareTable = tabulateShares(layer);
  const counts = new Int32Array(layer.experts);
  const weight = expertNeed(layer);
  for (const rule of family) {
    if (!countAffine(layer, weight, table, rule, counts)) continue;
    const key = counts.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const slots = constructAffine(layer, weight, counts);
    if (slots !== null) starts.push(slots);
  }
  return starts;
}
