import type { FewMovesRequest } from './fewMovesRequest.ts';
import type { Point } from './front.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { objectiveOf } from './objective.ts';
import type { RelaxationPlan } from './relaxation.ts';
import { type ShareState, setPlacement } from './shareState.ts';

/** per slot */
const LOOKS = 1000;
/** per slot, of each further level */
const STEP = 80;
/** the same for one load under uniform split */
const LOOKS_ONE_LOAD = 1200;
const STEP_ONE_LOAD = 60;
/** the fast mode anneals a little too */
const LEAST_EFFORT = 0.1;
/** in mean rank loads */
const LEAST_LEVEL = 5e-4;
const HIGHEST_LEVEL = 4;
/** from one level to the next */
const RISE = 1.6;
/** arrivals per mean rank load, so low that the start loosens up */
const FIRST_PRICE = 5;
/** There a whole front would be needed. */
const MOST_EXPECTED = 1e6;
/** share of the excess that annealing leaves of what single steps leave */
const BETTER_THAN_STEPS = 0.4;
/** share of the excess left after one more move */
const FALL_PER_MOVE = 0.8;
/** from the lowest to the highest level about a budget */
const SPAN = 6;
/** from one level to the next about a budget */
const CLOSE_RISE = 1.25;
/** share of the level of a point from which its search starts */
const BELOW = 0.9;
/** from one level to the next about a point */
const FINE_RISE = 1.12;
/** arrivals per mean rank load: the start is good and only loosens a little */
const PRICE_ABOUT_POINT = 30;
/** per slot */
const LOOKS_ABOUT_POINT = 400;

/** From the request's aim upward. */
export function planFromAim(layer: Layer, request: FewMovesRequest, state: ShareState): RelaxationPlan {
  const { kind, objective, free, limits, effort } = request;
  const measure = (slots: LayerSlots) => objectiveOf(layer, slots, kind, objective);
  const freePar = measure(free);
  const scale = state.slotExpert.length * Math.max(effort, LEAST_EFFORT);
  return {
    peaks: peaksOf(state, free, objective === 'max'),
    freePar,
    level: Math.max(LEAST_LEVEL, limits.aim - freePar),
    highest: Math.min(request.oldPar - freePar, HIGHEST_LEVEL),
    rise: RISE,
    aim: limits.aim,
    firstPrice: FIRST_PRICE,
    looks: Math.round((isOneLoad(state) ? LOOKS_ONE_LOAD : LOOKS) * scale),
    step: Math.round((isOneLoad(state) ? STEP_ONE_LOAD : STEP) * scale),
    perRank: limits.perRank,
    isEnough: request.isEnough,
    measure,
  };
}

/** About the level that `expected` moves will do for, going by what the first steps from the old placement have reached. */
export function planAboutBudget(plan: RelaxationPlan, steps: readonly Point[], expected: number): RelaxationPlan {
  let reached: Point | undefined;
  for (const point of steps) {
    if (point.moves <= expected && (reached === undefined || point.par < reached.par)) reached = point;
  }
  if (reached === undefined || expected > MOST_EXPECTED) return plan;
  let level = (reached.par - plan.freePar) * BETTER_THAN_STEPS;
  for (let moves = reached.moves + 2; moves < expected && level > plan.level; moves++) level *= FALL_PER_MOVE;
  level = Math.max(plan.level, level);
  const highest = Math.min(plan.highest, level * SPAN);
  return { ...plan, level, highest, rise: CLOSE_RISE, aim: Number.POSITIVE_INFINITY };
}

/** About a point that a budget has chosen, from one of lower PAR. */
export function planAboutPoint(plan: RelaxationPlan, chosen: Point, lower: Point): RelaxationPlan {
  return {
    ...plan,
    level: Math.max(LEAST_LEVEL, lower.par - plan.freePar) * BELOW,
    rise: FINE_RISE,
    aim: Number.POSITIVE_INFINITY,
    firstPrice: PRICE_ABOUT_POINT,
    looks: Math.round((plan.looks * LOOKS_ABOUT_POINT) / LOOKS),
    step: plan.step,
    isEnough: ({ moves }) => moves < chosen.moves - 2,
  };
}

/** One load under uniform split: then hardly anything keeps annealing from its aim. */
export function isOneLoad({ planes, uniformPlanes }: ShareState): boolean {
  return planes === 1 && uniformPlanes === 1;
}

/** [plane], an episode's in all its planes; for the objective `max` the highest of all. */
function peaksOf(state: ShareState, slots: LayerSlots, isMax: boolean): Float64Array {
  const { planes, heights, layer } = state;
  setPlacement(state, slots);
  const peaks = new Float64Array(isMax ? 1 : layer.episodes).fill(1);
  for (let at = 0; at < heights.length; at++) {
    const episode = ((at % planes) % layer.episodes) % peaks.length;
    peaks[episode] = Math.max(peaks[episode]!, heights[at]!);
  }
  return Float64Array.from({ length: planes }, (_, plane) => peaks[(plane % layer.episodes) % peaks.length]!);
}
