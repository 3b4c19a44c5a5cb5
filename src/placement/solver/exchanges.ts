import { type Anneal, isAccepted } from './acceptance.ts';
import { changeRoom, insertLoad, isNew, loadAt, putIn, removeLoad, takeOut } from './openSlots.ts';
import { addRoom, gainPooled, losePooled, resetTrial } from './trialChange.ts';

/** in places of the sorted list */
const NEAR = 6;

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
  resetTrial(trial);
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
export function restoreResident(anneal: Anneal): void {
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
  resetTrial(trial);
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
