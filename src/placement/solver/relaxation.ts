import type { Random } from '../random.ts';
import { annealPlanes } from './annealPlanes.ts';
import { createPlanesAnneal } from './annealPlanesState.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { Point } from './front.ts';
import type { LayerSlots } from './layer.ts';
import { emptied, type ShareState, setPlacement } from './shareState.ts';

/** annealings from lower ceilings while the aim is missed */
const PRESSES = 3;
/** in arrivals per mean rank load: while levels rise, and at most */
const PRICE = 200;
const HIGHEST_PRICE = 20_000;
/** What the first level is worth in the end, in arrivals. */
const LAST_PRICE = 12;

/**
 * How few moves do, for one level of load after the other: annealing from a start under the lowest ceilings, then under
 * higher and higher ones, where one expert after the other may go home. `peaks` are the [plane] peaks of a free solution, what
 * can be had; a level is what is allowed above them. Levels rise until `isEnough` says so or nothing is moved any more.
 */
export function relax(
  state: ShareState,
  start: LayerSlots,
  origin: Uint8Array,
  plan: RelaxationPlan,
  random: Random,
): Point[] {
  const { shouldStop } = state.layer;
  setPlacement(state, start);
  const arrivals = createArrivals(state, origin);
  const anneal = createPlanesAnneal(state, arrivals, plan.perRank, random);
  const points: Point[] = [];
  const annealAt = (level: number, firstPrice: number, lastPrice: number, looks: number) => {
    const ceilings = plan.peaks.map((peak) => peak + level);
    annealPlanes(anneal, { ceilings, firstPrice, lastPrice, looks });
    const slots = emptied(state);
    const point = { moves: arrivals.total, par: plan.measure(slots), slots };
    if (keepsBudget(arrivals, plan.perRank)) points.push(point);
    return point;
  };
  const last = Math.min(HIGHEST_PRICE, Math.max(PRICE, LAST_PRICE / Math.max(1e-4, plan.level)));
  let point = annealAt(plan.level, plan.firstPrice, last, plan.looks);
  // what is left above the ceilings is pressed down from lower ones
  for (let i = 0; i < PRESSES && point.par > plan.aim && !shouldStop(); i++) {
    point = annealAt(plan.level - (point.par - plan.aim), last, last, plan.step);
  }
  for (let level = plan.level * plan.rise; level < plan.highest && !plan.isEnough(point); level *= plan.rise) {
    if (shouldStop()) break;
    point = annealAt(level, PRICE, PRICE, plan.step);
    if (point.moves === 0) break;
  }
  return points;
}

export interface RelaxationPlan {
  readonly peaks: Float64Array;
  /** the objective of that free solution */
  readonly freePar: number;
  /** the first level and the highest that makes sense */
  readonly level: number;
  readonly highest: number;
  /** from one level to the next */
  readonly rise: number;
  /** the objective wanted at the first level */
  readonly aim: number;
  readonly firstPrice: number;
  /** work for the first level and for each further one */
  readonly looks: number;
  readonly step: number;
  readonly perRank: number;
  readonly isEnough: (point: Point) => boolean;
  readonly measure: (slots: LayerSlots) => number;
}

function keepsBudget(arrivals: Arrivals, perRank: number): boolean {
  return arrivals.onRank.every((count) => count <= perRank);
}
