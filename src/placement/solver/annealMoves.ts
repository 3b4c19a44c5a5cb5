import type { Random } from '../random.ts';
import type { Anneal } from './acceptance.ts';
import { exchangeAny, exchangeArrival, restoreResident, swapArrival } from './exchanges.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { fillOpenSlot, openSlotOfAny } from './openings.ts';
import { ALL, type OpenSlots, openSlots, overload } from './openSlots.ts';
import { replacePooled, replaceSettled } from './recounts.ts';
import { isTimeUp } from './timeLimit.ts';
import { createTrialChange } from './trialChange.ts';

/** arrivals per mean rank load above the target */
const FIRST_PRICE = 5;
/** prices from which the best so far is cooled again */
const REHEATS = [15, 20, 30, 40, 60, 80];
/** With less it pays to cool once and slowly. */
const EFFORT_TO_REHEAT = 480_000;
/** share of the effort for the first cooling where reheating follows */
const FIRST_SHARE = 0.35;
/** steps in which the price rises */
const STAGES = 64;
/** What the tolerance of a rank is worth in the end, in arrivals. */
const LAST_PRICE = 12;

export interface AnnealGoal {
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  /** mean rank loads */
  readonly target: number;
}

/**
 * Simulated annealing on one load under uniform split, of arrivals plus a price on the load above `target`. The price
 * rises from next to nothing to where any excess costs more than an arrival: the placement loosens up, finds out
 * which experts are worth moving, and settles. With much effort the best so far is warmed up and cooled down again,
 * a little less each time. `effort` counts changes tried. What is left above the target at the end is little, and is for the caller to repair.
 */
export function annealMoves(
  layer: Layer,
  start: LayerSlots,
  goal: AnnealGoal,
  effort: number,
  random: Random,
): LayerSlots {
  const reheats = effort < EFFORT_TO_REHEAT ? [] : REHEATS.slice(0, Math.floor((3 * effort) / EFFORT_TO_REHEAT));
  const each = ((1 - FIRST_SHARE) * effort) / reheats.length;
  const first = reheats.length === 0 ? effort : effort * FIRST_SHARE;
  let best = cool(layer, start, goal, { price: FIRST_PRICE, effort: first }, random);
  for (const price of reheats) {
    if (layer.shouldStop()) break;
    const next = cool(layer, best.slots, goal, { price, effort: each }, random);
    if (next.energy <= best.energy) best = next;
  }
  return best.slots;
}

/** One annealing from a price on; its energy counts arrivals. */
function cool(
  layer: Layer,
  start: LayerSlots,
  { origin, target }: AnnealGoal,
  { price, effort }: { readonly price: number; readonly effort: number },
  random: Random,
): { readonly slots: LayerSlots; readonly energy: number } {
  const state = openSlots(layer, start, origin, target);
  const anneal: Anneal = { state, trial: createTrialChange(state), random, price };
  const last = Math.min(20_000, Math.max(200, LAST_PRICE / Math.max(1e-4, target - 1)));
  // by square roots: Math.pow may differ between machines
  const rise = Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(last / price))))));
  let tried = 0;
  for (let stage = 1; stage <= STAGES; stage++) {
    for (; tried * STAGES < effort * stage; tried++) {
      if (isTimeUp(layer, tried)) break;
      tryChange(anneal);
    }
    anneal.price *= rise;
    // sums of many small changes drift
    state.over[ALL] = overload(state);
  }
  const energy = state.arrived + state.open + last * state.over[ALL]!;
  const slots = fillOpenSlots(state);
  return slots === null ? { slots: start, energy: Number.POSITIVE_INFINITY } : { slots, energy };
}

/** How often each is tried was found by trying. */
function tryChange(anneal: Anneal): void {
  const kind = anneal.random.below(40);
  if (kind < 4) exchangeArrival(anneal);
  else if (kind < 8) exchangeAny(anneal);
  else if (kind < 20) restoreResident(anneal);
  else if (kind < 23) fillOpenSlot(anneal);
  else if (kind < 25) openSlotOfAny(anneal);
  else if (kind < 30) replacePooled(anneal);
  else if (kind < 34) replaceSettled(anneal);
  else swapArrival(anneal);
}

/**
 * The pool goes to the open slots, smallest to smallest room; who is on the rank already changes places with the next
 * who can. Null where nobody can.
 */
function fillOpenSlots(state: OpenSlots): LayerSlots | null {
  const { layer, roomRank, loadExpert, held, openSlot, slotExpert } = state;
  const given = loadExpert.slice(0, state.open);
  const fits = (at: number, expert: number) => held[roomRank[at]! * (layer.experts + 1) + expert] === 0;
  for (let at = 0; at < state.open; at++) {
    const expert = given[at]!;
    if (fits(at, expert)) continue;
    const mayTake = (i: number) => i >= 0 && i < state.open && fits(i, expert) && fits(at, given[i]!);
    let far = 1;
    while (far < state.open && !mayTake(at - far) && !mayTake(at + far)) far++;
    if (far >= state.open) return null;
    const other = mayTake(at - far) ? at - far : at + far;
    given[at] = given[other]!;
    given[other] = expert;
  }
  for (let at = 0; at < state.open; at++) slotExpert[openSlot[roomRank[at]!]!] = given[at]!;
  return slotExpert.map((expert) => (expert === layer.experts ? -1 : expert));
}
