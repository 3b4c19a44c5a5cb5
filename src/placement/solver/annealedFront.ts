import type { Random } from '../random.ts';
import type { FewMovesRequest } from './fewMovesRequest.ts';
import type { Point } from './front.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { pinnedStart } from './pinned.ts';
import { relax } from './relaxation.ts';
import { isOneLoad, planAboutBudget, planAboutPoint, planFromAim } from './relaxationPlan.ts';
import { repair } from './repair.ts';
import { expertNeed } from './selection.ts';
import { createShareState } from './shareState.ts';
import { anchored } from './usual.ts';

/** tries after each step at effort 1 */
const POLISH = 300;
/** most steps from the old placement */
const FIRST_STEPS = 80;
/** a layer may take so many times its share of the total */
const MORE_THAN_EXPECTED = 1.2;
/** steps of a repair after annealing */
const LAST_STEPS = 30;
/** PAR over the level wanted that counts as reached */
const CLOSE = 1.005;
/** High enough to keep what the free solution has reached. */
const PRICE_FROM_FREE = 200;
const UNREACHED: Point = { moves: 0, par: Number.POSITIVE_INFINITY, slots: new Int32Array() };

/**
 * The front under any split and over any episodes: from a start where experts with several copies stand as in the free
 * solution, repaired where annealing leaves a rank too high, and where that doesn't get close to the aim, from the free
 * solution itself. For a few moves also from `nearest`, the old placement if it can stay, one step after the other:
 * nothing is better for a few moves.
 */
export function annealedFront(
  layer: Layer,
  request: FewMovesRequest,
  nearest: LayerSlots | null,
  random: Random,
): Point[] {
  const { kind, old, origin, free, limits, effort } = request;
  const state = createShareState(anchored(layer, free), kind);
  const points: Point[] = [];
  const polish = Math.round(POLISH * effort);
  const repairFrom = (start: LayerSlots, own: { target: number; steps: number; perLayer: number }) => {
    points.push(...repair(state, start, request, { ...limits, ...own, polish }, random));
  };
  const { perLayer, target, aim, expected } = limits;
  const enough = Math.min(perLayer, Math.round(expected * MORE_THAN_EXPECTED) + 5);
  if (nearest !== null) repairFrom(nearest, { target, steps: Math.min(FIRST_STEPS, 2 * enough), perLayer: enough });
  const plan = planAboutBudget(planFromAim(layer, request, state), points, expected);
  const pinned = pinnedStart(layer, expertNeed(layer), old, free);
  if (pinned !== null) {
    const relaxed = relax(state, pinned, origin, plan, random);
    points.push(...relaxed);
    const best = relaxed.reduce((low, point) => (point.par < low.par ? point : low), UNREACHED);
    if (best !== UNREACHED && isOneLoad(state)) return points;
    if (best !== UNREACHED && best.par > plan.aim) repairFrom(best.slots, { target: aim, steps: LAST_STEPS, perLayer });
    const close = (plan.freePar + plan.level) * CLOSE;
    if (points.some(({ par }) => par <= close)) return points;
  }
  return [...points, ...relax(state, free, origin, { ...plan, firstPrice: PRICE_FROM_FREE }, random)];
}

/**
 * More points about the one of the front that a budget has chosen, from a `lower` one: with more work there, the same PAR is
 * had with fewer moves.
 */
export function refinedAbout(
  layer: Layer,
  request: FewMovesRequest,
  chosen: Point,
  lower: Point,
  random: Random,
): Point[] {
  const state = createShareState(anchored(layer, request.free), request.kind);
  const plan = planFromAim(layer, request, state);
  return relax(state, lower.slots, request.origin, planAboutPoint(plan, chosen, lower), random);
}
