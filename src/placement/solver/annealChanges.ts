import {
  ALL,
  changeRoom,
  FIXED,
  insertLoad,
  insertRoom,
  isNew,
  loadAt,
  type OpenSlots,
  putIn,
  recount,
  removeLoad,
  removeRoom,
  takeOut,
} from './openSlots.ts';
import type { Random } from './random.ts';
import { addRoom, changeCount, forget, gainPooled, losePooled, overloadIf, type WhatIf } from './whatIf.ts';

export interface Anneal {
  readonly state: OpenSlots;
  readonly trial: WhatIf;
  readonly random: Random;
  /** arrivals per mean rank load above the target */
  price: number;
}

/** An arrival changes places with one of the pool that fits about as well as what would go to the rank's open slot. */
export function exchangeArrival(anneal: Anneal): void {
  const { state, random } = anneal;
  if (state.arrived === 0) return;
  exchangeNear(anneal, state.arrivedSlots[random.below(state.arrived)]!);
}

/** Any expert gives its slot to one of the pool that fits about as well as what would go to the rank's open slot. */
export function exchangeAny(anneal: Anneal): void {
  const { state, random } = anneal;
  const slot = random.below(state.slotExpert.length);
  if (state.slotExpert[slot]! >= 0) exchangeNear(anneal, slot);
}

function exchangeNear(anneal: Anneal, slot: number): void {
  const { state, random } = anneal;
  const at = state.roomAt[(slot / state.layer.slots) | 0]!;
  if (at < 0) return;
  const pick = at + random.below(2 * NEAR + 1) - NEAR;
  if (pick >= 0 && pick < state.size) exchange(anneal, slot, pick);
}
/** in places of the sorted list */
const NEAR = 6;

/** Two arrivals change places, or an arrival and any other. */
export function swapArrival(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  const { layer, unit, held, slotExpert } = state;
  if (state.arrived === 0) return;
  const slotA = state.arrivedSlots[random.below(state.arrived)]!;
  const slotB =
    random.below(4) > 0 ? state.arrivedSlots[random.below(state.arrived)]! : random.below(state.slotExpert.length);
  const a = slotExpert[slotA]!;
  const b = slotExpert[slotB]!;
  const rankA = (slotA / layer.slots) | 0;
  const rankB = (slotB / layer.slots) | 0;
  if (b < 0 || a === b || rankA === rankB) return;
  if (held[rankA * (layer.experts + 1) + b] === 1 || held[rankB * (layer.experts + 1) + a] === 1) return;
  const more = unit[a]! - unit[b]!;
  forget(trial);
  addRoom(trial, rankA, more);
  addRoom(trial, rankB, -more);
  const arrivals = isNew(state, rankA, b) + isNew(state, rankB, a) - isNew(state, rankA, a) - isNew(state, rankB, b);
  if (!isAccepted(anneal, arrivals)) return;
  takeOut(state, slotA);
  takeOut(state, slotB);
  putIn(state, slotA, b);
  putIn(state, slotB, a);
  changeRoom(state, rankA, state.room[rankA]! + more);
  changeRoom(state, rankB, state.room[rankB]! - more);
}

/** A former resident comes back to the rank out of the pool, in exchange for any other. */
export function takeBack(anneal: Anneal): void {
  const { state, random } = anneal;
  if (state.open === 0) return;
  const rank = state.roomRank[random.below(state.open)]!;
  const former = state.before[rank]!;
  if (former.length === 0) return;
  const expert = former[random.below(former.length)]!;
  if (state.pooled[expert] === 0) return;
  const slot = rank * state.layer.slots + random.below(state.layer.slots);
  if (state.openSlot[rank] !== slot) exchange(anneal, slot, loadAt(state, expert));
}

function exchange(anneal: Anneal, slot: number, pick: number): void {
  const { state, trial } = anneal;
  const { layer, unit, room } = state;
  const rank = (slot / layer.slots) | 0;
  const goes = state.slotExpert[slot]!;
  const comes = state.loadExpert[pick]!;
  if (goes === comes || state.held[rank * (layer.experts + 1) + comes] === 1) return;
  const more = unit[goes]! - unit[comes]!;
  forget(trial);
  addRoom(trial, rank, more);
  losePooled(trial, pick);
  gainPooled(trial, unit[goes]!);
  if (!isAccepted(anneal, isNew(state, rank, comes) - isNew(state, rank, goes))) return;
  takeOut(state, slot);
  putIn(state, slot, comes);
  changeRoom(state, rank, room[rank]! + more);
  removeLoad(state, pick);
  insertLoad(state, goes);
}

/** Whether what is thought of is worth so many arrivals. If so, the load above the target is noted. */
function isAccepted(anneal: Anneal, arrivals: number): boolean {
  const { state, trial, random, price } = anneal;
  const limit = state.over[ALL]! + (PATIENCE[random.below(QUANTILES)]! - arrivals) / price;
  if (limit <= 0) return false;
  const over = overloadIf(trial, limit);
  if (over >= limit) return false;
  state.over[ALL] = over;
  return true;
}

/** A former resident comes back into the open slot. */
export function settle(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  if (state.open === 0) return;
  const rank = state.roomRank[random.below(state.open)]!;
  const former = state.before[rank]!;
  if (former.length === 0) return;
  const expert = former[random.below(former.length)]!;
  if (state.pooled[expert] === 0 || state.held[rank * (state.layer.experts + 1) + expert] === 1) return;
  const place = loadAt(state, expert);
  forget(trial);
  addRoom(trial, rank, -state.unit[expert]!);
  trial.switched = rank;
  losePooled(trial, place);
  if (!isAccepted(anneal, -1)) return;
  removeRoom(state, rank);
  removeLoad(state, place);
  putIn(state, state.openSlot[rank]!, expert);
  state.openSlot[rank] = -1;
  state.room[rank] = state.room[rank]! - state.unit[expert]!;
  state.over[FIXED]! += Math.max(0, -state.room[rank]!);
}

/** A rank without an open slot opens one. */
export function openAny(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  const rank = random.below(state.layer.ranks);
  if (state.openSlot[rank]! >= 0) return;
  const slot = rank * state.layer.slots + random.below(state.layer.slots);
  const expert = state.slotExpert[slot]!;
  forget(trial);
  addRoom(trial, rank, state.unit[expert]!);
  trial.switched = rank;
  gainPooled(trial, state.unit[expert]!);
  if (!isAccepted(anneal, 1 - isNew(state, rank, expert))) return;
  state.over[FIXED]! -= Math.max(0, -state.room[rank]!);
  state.room[rank] = state.room[rank]! + state.unit[expert]!;
  takeOut(state, slot);
  state.openSlot[rank] = slot;
  insertRoom(state, rank);
  insertLoad(state, expert);
}

/** A spare copy in the pool becomes a further copy of another expert. */
export function replacePooled(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  if (state.size === 0) return;
  const leaving = state.loadExpert[random.below(state.size)]!;
  const coming = random.below(state.layer.experts);
  if (!mayReplace(state, leaving, coming)) return;
  forget(trial);
  changeCount(trial, leaving, -1, -1);
  changeCount(trial, coming, 1, 1);
  if (!isAccepted(anneal, 0)) return;
  removeLoad(state, loadAt(state, leaving));
  recount(state, leaving, -1);
  recount(state, coming, 1);
  insertLoad(state, coming);
}

/** A spare copy in a slot gives it to a further copy of another expert. */
export function replaceSettled(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  const { layer, unit } = state;
  const slot = random.below(state.slotExpert.length);
  const leaving = state.slotExpert[slot]!;
  if (leaving < 0) return;
  const rank = (slot / layer.slots) | 0;
  const former = state.before[rank]!;
  const coming =
    former.length > 0 && random.below(2) === 0 ? former[random.below(former.length)]! : random.below(layer.experts);
  if (state.held[rank * (layer.experts + 1) + coming] === 1 || !mayReplace(state, leaving, coming)) return;
  forget(trial);
  changeCount(trial, leaving, -1, 0);
  changeCount(trial, coming, 1, 0);
  addRoom(trial, rank, load(state, leaving, -1) - load(state, coming, 1));
  if (!isAccepted(anneal, isNew(state, rank, coming) - isNew(state, rank, leaving))) return;
  recount(state, leaving, -1);
  takeOut(state, slot);
  recount(state, coming, 1);
  putIn(state, slot, coming);
  changeRoom(state, rank, state.room[rank]! + unit[leaving]! - unit[coming]!);
}

/** Of a copy, when there are so many more. */
function load(state: OpenSlots, expert: number, more: number): number {
  return state.layer.meanWeight[expert]! / (state.counts[expert]! + more);
}

function mayReplace(state: OpenSlots, leaving: number, coming: number): boolean {
  const { layer, counts } = state;
  return leaving !== coming && counts[leaving]! > layer.leastCopies[leaving]! && counts[coming]! < layer.maxCopies;
}

/** in arrivals */
const TEMPERATURE = 0.15;
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
