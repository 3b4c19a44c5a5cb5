import { type Anneal, isAccepted } from './acceptance.ts';
import { FIXED, insertLoad, insertRoom, isNew, loadAt, putIn, removeLoad, removeRoom, takeOut } from './openSlots.ts';
import { addRoom, gainPooled, losePooled, resetTrial } from './trialChange.ts';

/** A former resident comes back into the open slot. */
export function fillOpenSlot(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  if (state.open === 0) return;
  const rank = state.roomRank[random.below(state.open)]!;
  const former = state.before[rank]!;
  if (former.length === 0) return;
  const expert = former[random.below(former.length)]!;
  if (state.pooled[expert] === 0 || state.held[rank * (state.layer.experts + 1) + expert] === 1) return;
  const place = loadAt(state, expert);
  resetTrial(trial);
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
export function openSlotOfAny(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  const rank = random.below(state.layer.ranks);
  if (state.openSlot[rank]! >= 0) return;
  const slot = rank * state.layer.slots + random.below(state.layer.slots);
  const expert = state.slotExpert[slot]!;
  resetTrial(trial);
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
