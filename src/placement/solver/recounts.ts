import { type Anneal, isAccepted } from './acceptance.ts';
import {
  changeRoom,
  insertLoad,
  isNew,
  loadAt,
  type OpenSlots,
  putIn,
  recount,
  removeLoad,
  takeOut,
} from './openSlots.ts';
import { addRoom, changeCount, resetTrial } from './trialChange.ts';

/** A spare copy in the pool becomes a further copy of another expert. */
export function replacePooled(anneal: Anneal): void {
  const { state, trial, random } = anneal;
  if (state.size === 0) return;
  const leaving = state.loadExpert[random.below(state.size)]!;
  const coming = random.below(state.layer.experts);
  if (!mayReplace(state, leaving, coming)) return;
  resetTrial(trial);
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
  resetTrial(trial);
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
