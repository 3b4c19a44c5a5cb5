import { type AnnealState, createAnnealState, isNew, noteSlot, noteUnit, rehome } from './annealState.ts';
import type { Layer, LayerSlots } from './layer.ts';
import type { Random } from './random.ts';

/**
 * Simulated annealing on one load under uniform split, of arrivals plus a price on the load above `target`. The price
 * rises from next to nothing to where any excess costs more than an arrival: the placement loosens up, finds out
 * which experts are worth moving, and settles. `origin` is [rank][expert], 1 where the old placement holds the
 * expert; `effort` counts changes looked at. What is left above the target at the end is little, and is for the caller
 * to repair.
 */
export function annealMoves(
  layer: Layer,
  start: LayerSlots,
  origin: Uint8Array,
  target: number,
  effort: number,
  random: Random,
): LayerSlots {
  const state = createAnnealState(layer, start, origin, target);
  const anneal: Anneal = { state, random, price: FIRST_PRICE, spent: 0, slots: state.rankAt.map((_, slot) => slot) };
  const rise = stageRise(target);
  for (let stage = 1; stage <= STAGES; stage++) {
    while (anneal.spent * STAGES < effort * stage) proposeChange(anneal);
    anneal.price *= rise;
  }
  return state.slotExpert.map((expert) => (expert === layer.experts ? -1 : expert));
}

interface Anneal {
  readonly state: AnnealState;
  readonly random: Random;
  /** arrivals per mean rank load above the target */
  price: number;
  spent: number;
  /** all slots */
  readonly slots: Int32Array;
}

const FIRST_PRICE = 5;
const STAGES = 64;

/** To the last price in 64 stages, by square roots only: Math.pow may differ between machines. */
function stageRise(target: number): number {
  const last = Math.min(20_000, Math.max(200, LAST_PRICE / Math.max(1e-4, target - 1)));
  return Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(last / FIRST_PRICE))))));
}

/** What the tolerance of a rank is worth in the end, in arrivals. */
const LAST_PRICE = 12;

/** in arrivals */
const TEMPERATURE = 0.15;
/** A scan costs so much beside what it looks at. */
const SCAN = 10;
const REPLACEMENTS = 4;

/** Most scans are about arrivals: two of them that change places cost nothing. */
function proposeChange(anneal: Anneal): void {
  const { state, random, slots } = anneal;
  const kind = random.below(40);
  const any = random.below(slots.length);
  const arrival = state.arrivals === 0 ? any : state.arrivalSlots[random.below(state.arrivals)]!;
  if (kind < 12) scanSwaps(anneal, arrival, state.arrivalSlots, 0, state.arrivals);
  else if (kind < 14) scanSwaps(anneal, arrival, slots, 0, slots.length);
  else if (kind < 16) scanSwaps(anneal, any, slots, 0, slots.length);
  else if (kind < 20) scanHome(anneal, arrival);
  else if (kind < 32) {
    for (let i = 0; i < REPLACEMENTS; i++) {
      tryReplace(anneal, i % 2 === 0 ? arrival : random.below(slots.length), random.below(state.layer.experts));
    }
  } else {
    for (let i = 0; i < REPLACEMENTS; i++) {
      const slot = random.below(slots.length);
      const former = state.before[state.rankAt[slot]!]!;
      if (former.length > 0) tryReplace(anneal, slot, former[random.below(former.length)]!);
    }
  }
}

/** An arrival goes back to a rank that held it, in exchange for any of its experts. */
function scanHome(anneal: Anneal, arrival: number): void {
  const { state, random, slots } = anneal;
  const expert = state.slotExpert[arrival]!;
  if (expert === state.layer.experts) return;
  const homes = state.homes[expert]!;
  if (homes.length === 0) return;
  const first = homes[random.below(homes.length)]! * state.layer.slots;
  scanSwaps(anneal, arrival, slots, first, first + state.layer.slots);
}

/** Looks through the slots of `list` in [first, end), from a random one on, for the first that may change places with `slotA`. */
function scanSwaps(anneal: Anneal, slotA: number, list: Int32Array, first: number, end: number): void {
  if (first === end) return;
  const patience = PATIENCE[anneal.random.below(QUANTILES)]!;
  const middle = first + anneal.random.below(end - first);
  anneal.spent += SCAN;
  if (!scanPart(anneal, slotA, list, middle, end, patience)) scanPart(anneal, slotA, list, first, middle, patience);
}

function scanPart(
  anneal: Anneal,
  slotA: number,
  list: Int32Array,
  first: number,
  end: number,
  patience: number,
): boolean {
  const { state, price } = anneal;
  const { layer, slotExpert, held, above, unitAt, newAt, rankAt } = state;
  const { slowness } = layer;
  const stride = layer.experts + 1;
  const a = slotExpert[slotA]!;
  const rankA = rankAt[slotA]!;
  const unitA = unitAt[slotA]!;
  const slowA = slowness[rankA]!;
  const aboveA = above[rankA]!;
  const overA = Math.max(aboveA, 0);
  // a swap takes back as many arrivals as there are among its two at most
  const limit = 2 * overA + (2 * (patience + newAt[slotA]!)) / price;
  const slack = 2 / price;
  for (let i = first; i < end; i++) {
    const slotB = list[i]!;
    const rankB = rankAt[slotB]!;
    const moved = unitA - unitAt[slotB]!;
    const aboveB = above[rankB]!;
    const afterA = aboveA - moved * slowA;
    const afterB = aboveB + moved * slowness[rankB]!;
    // twice the load above the target; without branches, which nobody could predict
    const after = afterA + Math.abs(afterA) + afterB + Math.abs(afterB) - aboveB - Math.abs(aboveB);
    if (after >= limit && (newAt[slotB] === 0 || after >= limit + slack)) continue;
    const b = slotExpert[slotB]!;
    if (rankA === rankB || a === b || held[rankB * stride + a] === 1 || held[rankA * stride + b] === 1) continue;
    const arriving = isNew(state, rankA, b) + isNew(state, rankB, a) - newAt[slotA]! - newAt[slotB]!;
    const cost = arriving + price * (after / 2 - overA);
    if (cost >= patience) continue;
    above[rankA] = afterA;
    above[rankB] = afterB;
    exchange(state, slotA, slotB);
    anneal.spent += i + 1 - first;
    return true;
  }
  anneal.spent += end - first;
  return false;
}

function exchange(state: AnnealState, slotA: number, slotB: number): void {
  const { slotExpert, rankAt } = state;
  const a = slotExpert[slotA]!;
  const b = slotExpert[slotB]!;
  slotExpert[slotA] = b;
  slotExpert[slotB] = a;
  rehome(state, a, rankAt[slotA]!, rankAt[slotB]!);
  rehome(state, b, rankAt[slotB]!, rankAt[slotA]!);
  noteSlot(state, slotA);
  noteSlot(state, slotB);
}

/** A spare copy gives its slot to a further copy of another expert. */
function tryReplace(anneal: Anneal, slot: number, coming: number): void {
  anneal.spent += 4;
  if (!canReplace(anneal.state, slot, coming)) return;
  anneal.spent += 10;
  if (replaceCost(anneal, slot, coming) >= PATIENCE[anneal.random.below(QUANTILES)]!) return;
  replace(anneal.state, slot, coming);
}

function canReplace(state: AnnealState, slot: number, coming: number): boolean {
  const { layer, counts } = state;
  const leaving = state.slotExpert[slot]!;
  if (leaving === layer.experts || counts[leaving]! <= layer.leastCopies[leaving]!) return false;
  if (coming === layer.experts || counts[coming]! >= layer.maxCopies) return false;
  return state.held[state.rankAt[slot]! * (layer.experts + 1) + coming] === 0;
}

function replaceCost(anneal: Anneal, slot: number, coming: number): number {
  const { state } = anneal;
  const { layer, held, above, weight, counts, holders } = state;
  const { slowness, ranks } = layer;
  const stride = layer.experts + 1;
  const rank = state.rankAt[slot]!;
  const leaving = state.slotExpert[slot]!;
  const unit = weight[coming]! / (counts[coming]! + 1);
  const more = weight[leaving]! / (counts[leaving]! - 1) - weight[leaving]! / counts[leaving]!;
  const less = weight[coming]! / counts[coming]! - unit;
  const here = (unit - weight[leaving]! / counts[leaving]!) * slowness[rank]!;
  let risen = over(above[rank]! + here) - over(above[rank]!);
  for (let copy = leaving * ranks; copy < leaving * ranks + counts[leaving]!; copy++) {
    const holder = holders[copy]!;
    if (holder === rank) continue;
    const gain = more - (held[holder * stride + coming] === 1 ? less : 0);
    risen += over(above[holder]! + gain * slowness[holder]!) - over(above[holder]!);
  }
  for (let copy = coming * ranks; copy < coming * ranks + counts[coming]!; copy++) {
    const holder = holders[copy]!;
    if (held[holder * stride + leaving] === 1) continue;
    risen += over(above[holder]! - less * slowness[holder]!) - over(above[holder]!);
  }
  return isNew(state, rank, coming) - isNew(state, rank, leaving) + anneal.price * risen;
}

function replace(state: AnnealState, slot: number, coming: number): void {
  const rank = state.rankAt[slot]!;
  const leaving = state.slotExpert[slot]!;
  addLoad(state, leaving, -1);
  addLoad(state, coming, -1);
  state.slotExpert[slot] = coming;
  rehome(state, leaving, rank, -1);
  rehome(state, coming, -1, rank);
  addLoad(state, leaving, 1);
  addLoad(state, coming, 1);
  noteSlot(state, slot);
  noteUnit(state, leaving);
  noteUnit(state, coming);
}

function addLoad(state: AnnealState, expert: number, sign: number): void {
  const { layer, above, holders, counts } = state;
  const unit = (sign * state.weight[expert]!) / counts[expert]!;
  for (let copy = expert * layer.ranks; copy < expert * layer.ranks + counts[expert]!; copy++) {
    const holder = holders[copy]!;
    above[holder] = above[holder]! + unit * layer.slowness[holder]!;
  }
}

function over(above: number): number {
  return Math.max(above, 0);
}

const QUANTILES = 1024;
/** Quantiles of the exponential distribution times the temperature, as means of order statistics: no logarithm needed. */
const PATIENCE = exponentialQuantiles();

function exponentialQuantiles(): Float64Array {
  const quantiles = new Float64Array(QUANTILES);
  let sum = 0;
  for (let i = 0; i < QUANTILES; i++) {
    sum += 1 / (QUANTILES - i);
    quantiles[i] = sum * TEMPERATURE;
  }
  return quantiles;
}
