import type { Objective } from '../model.ts';
import { constructAffine } from './affineConstruct.ts';
import { countAffine, type ShareTable, tabulateShares } from './affineCounts.ts';
import type { Alpha } from './counts.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { lowerPeaks } from './lowerPeaks.ts';
import { race } from './race.ts';
import type { Random } from './random.ts';
import { expertNeed } from './selection.ts';
import { createShareState, emptied } from './shareState.ts';
import { anchored } from './usual.ts';

/**
 * Placement for affine routing, or for affine and uniform together: constructions from several vectors of counts, and
 * the uniform solution, race each other. `uniform` is a placement made for uniform split.
 */
export function solveAffine(
  layer: Layer,
  kind: 'affine' | 'joint',
  objective: Objective,
  bound: number,
  effort: number,
  uniform: LayerSlots,
  random: Random,
): LayerSlots {
  const state = createShareState(anchored(layer, uniform), kind);
  const starts = constructions(layer, effort === 0 ? FAST_FAMILY : FAMILY);
  starts.push(uniform);
  const base = bound * (1 + TOLERANCE / Math.max(1, effort));
  const moves = Math.round(MOVES * (effort === 0 ? FAST : effort));
  race(state, starts, base, moves, FIELD, random);
  if (state.planes > 1) lowerPeaks(state, objective, bound, Math.round(moves * PEAK_SHARE), random);
  return emptied(state);
}

const MOVES = 150_000;
const FAST = 0.03;
const FIELD = 4;
const PEAK_SHARE = 0.2;
const TOLERANCE = 3e-4;

/** [tolerance for unevenness, theta, alpha] in mean rank loads */
type Member = readonly [number, number, Alpha];

const FAST_FAMILY: readonly Member[] = [
  [0.01, 0.95, 0.75],
  [0.04, 0.95, 0.25],
];
const NEVER = Number.POSITIVE_INFINITY;
const FAMILY: readonly Member[] = [0.01, 0.04, NEVER].flatMap((tolerance): Member[] => [
  [tolerance, NEVER, 1],
  [tolerance, 0.95, 0.75],
  [tolerance, 0.95, 0.25],
  [tolerance, 0.85, 0.75],
  [tolerance, 0.85, 0.25],
  [tolerance, 0.75, 0.5],
  [tolerance, 0.65, 0.5],
]);

function constructions(layer: Layer, family: readonly Member[]): LayerSlots[] {
  const starts: LayerSlots[] = [];
  const seen = new Set<string>();
  const table: ShareTable = tabulateShares(layer);
  const counts = new Int32Array(layer.experts);
  const weight = expertNeed(layer);
  for (const [tolerance, theta, alpha] of family) {
    if (!countAffine(layer, weight, table, theta, alpha, tolerance, counts)) continue;
    const key = counts.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const slots = constructAffine(layer, weight, counts);
    if (slots !== null) starts.push(slots);
  }
  return starts;
}
