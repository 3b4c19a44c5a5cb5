import type { Random } from '../random.ts';
import { addLoad, changeHolder, isHeld, recountSources, restoreHeights, type ShareState, touch } from './shareState.ts';

/** ranks drawn to find a hot one */
const DRAWS = 3;

/**
 * One change of a placement: up to three experts leave and enter ranks, up to two slots are written.
 * - swap: two slots exchange their experts.
 * - replace: a further copy of one expert takes the slot of another that has copies to spare.
 * - displace: a further copy of f takes the slot of g, which goes where a spare copy of e is dropped.
 */
export interface Move {
  size: number;
  readonly expert: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  slots: number;
  readonly slot: Int32Array;
  readonly written: Int32Array;
  readonly overwritten: Int32Array;
  /** [change][copy], the sources before the move */
  readonly savedSources: Int32Array;
}

export function createMove(ranks: number): Move {
  return {
    size: 0,
    expert: new Int32Array(3),
    from: new Int32Array(3),
    to: new Int32Array(3),
    slots: 0,
    slot: new Int32Array(2),
    written: new Int32Array(2),
    overwritten: new Int32Array(2),
    savedSources: new Int32Array(3 * ranks),
  };
}

/** false when the slots can't be exchanged */
export function planSwap(state: ShareState, slotA: number, slotB: number, move: Move): boolean {
  const { slots } = state.layer;
  const rankA = (slotA / slots) | 0;
  const rankB = (slotB / slots) | 0;
  const a = state.slotExpert[slotA]!;
  const b = state.slotExpert[slotB]!;
  if (rankA === rankB || a === b || isHeld(state, rankB, a) || isHeld(state, rankA, b)) return false;
  if (state.layer.coverHosts && !(staysCovered(state, a, rankA, rankB) && staysCovered(state, b, rankB, rankA)))
    return false;
  move.size = 0;
  move.slots = 0;
  change(move, a, rankA, rankB);
  change(move, b, rankB, rankA);
  write(state, move, slotA, b);
  write(state, move, slotB, a);
  return true;
}

export function planReplace(state: ShareState, slot: number, expert: number, move: Move): boolean {
  const { layer, counts } = state;
  const rank = (slot / layer.slots) | 0;
  const leaving = state.slotExpert[slot]!;
  if (leaving === layer.experts || counts[leaving]! <= layer.leastCopies[leaving]!) return false;
  if (counts[expert]! >= layer.maxCopies || isHeld(state, rank, expert)) return false;
  if (layer.coverHosts && !staysCovered(state, leaving, rank, -1)) return false;
  move.size = 0;
  move.slots = 0;
  change(move, leaving, rank, -1);
  change(move, expert, -1, rank);
  write(state, move, slot, expert);
  return true;
}

/** `expert` takes `slot`; the expert there goes to `spareSlot`, whose copy is dropped. */
export function planDisplace(state: ShareState, slot: number, spareSlot: number, expert: number, move: Move): boolean {
  const { layer, counts, slotExpert } = state;
  const rank = (slot / layer.slots) | 0;
  const spareRank = (spareSlot / layer.slots) | 0;
  const displaced = slotExpert[slot]!;
  const dropped = slotExpert[spareSlot]!;
  if (rank === spareRank || displaced === expert || dropped === expert || displaced === dropped) return false;
  if (dropped === layer.experts || counts[dropped]! <= layer.leastCopies[dropped]!) return false;
  if (counts[expert]! >= layer.maxCopies) return false;
  if (isHeld(state, rank, expert) || isHeld(state, spareRank, displaced)) return false;
  if (layer.coverHosts && !staysCovered(state, dropped, spareRank, -1)) return false;
  if (layer.coverHosts && !staysCovered(state, displaced, rank, spareRank)) return false;
  move.size = 0;
  move.slots = 0;
  change(move, dropped, spareRank, -1);
  change(move, displaced, rank, spareRank);
  change(move, expert, -1, rank);
  write(state, move, slot, expert);
  write(state, move, spareSlot, displaced);
  return true;
}

/** Whether an expert on two hosts still is on two after a copy has gone `from` a rank, `to` another or nowhere. */
function staysCovered(state: ShareState, expert: number, from: number, to: number): boolean {
  const { layer, counts, holders } = state;
  if (expert === layer.experts || counts[expert]! < 2) return true;
  const first = expert * layer.ranks;
  const firstHost = Math.floor(holders[first]! / layer.ranksPerHost);
  const lastHost = Math.floor(holders[first + counts[expert]! - 1]! / layer.ranksPerHost);
  if (firstHost === lastHost) return true;
  let host = to < 0 ? -1 : Math.floor(to / layer.ranksPerHost);
  for (let copy = first; copy < first + counts[expert]!; copy++) {
    if (holders[copy] === from) continue;
    const own = Math.floor(holders[copy]! / layer.ranksPerHost);
    if (host >= 0 && own !== host) return true;
    host = own;
  }
  return false;
}

function change(move: Move, expert: number, from: number, to: number): void {
  move.expert[move.size] = expert;
  move.from[move.size] = from;
  move.to[move.size] = to;
  move.size++;
}

function write(state: ShareState, move: Move, slot: number, expert: number): void {
  move.slot[move.slots] = slot;
  move.written[move.slots] = expert;
  move.overwritten[move.slots] = state.slotExpert[slot]!;
  move.slots++;
}

/** A swap that leaves every share as it is, so that only two ranks change. */
export function isPlainSwap(state: ShareState, move: Move): boolean {
  if (move.size !== 2 || move.slots !== 2) return false;
  if (state.planes === state.uniformPlanes) return true;
  return state.counts[move.expert[0]!]! <= 1 && state.counts[move.expert[1]!]! <= 1;
}

export function copyMove(from: Move, to: Move): void {
  to.size = from.size;
  to.expert.set(from.expert);
  to.from.set(from.from);
  to.to.set(from.to);
  to.slots = from.slots;
  to.slot.set(from.slot);
  to.written.set(from.written);
  to.overwritten.set(from.overwritten);
}

/** Carries a plain swap out, which changes no share: two ranks exchange two unit loads. */
export function applySwap(state: ShareState, move: Move): void {
  const { layer, planes, weight, counts, heights } = state;
  const rankA = move.from[0]!;
  const rankB = move.from[1]!;
  const expertA = move.expert[0]!;
  const expertB = move.expert[1]!;
  const shareA = expertA === layer.experts ? 0 : 1 / counts[expertA]!;
  const shareB = expertB === layer.experts ? 0 : 1 / counts[expertB]!;
  const fromA = expertA === layer.experts ? 0 : expertA * planes;
  const fromB = expertB === layer.experts ? 0 : expertB * planes;
  const slowA = layer.slowness[rankA]!;
  const slowB = layer.slowness[rankB]!;
  touch(state, rankA);
  touch(state, rankB);
  for (let plane = 0; plane < planes; plane++) {
    const moved = weight[fromA + plane]! * shareA - weight[fromB + plane]! * shareB;
    heights[rankA * planes + plane] = heights[rankA * planes + plane]! - moved * slowA;
    heights[rankB * planes + plane] = heights[rankB * planes + plane]! + moved * slowB;
  }
  changeHolder(state, expertA, rankA, rankB);
  changeHolder(state, expertB, rankB, rankA);
  state.slotExpert[move.slot[0]!] = expertB;
  state.slotExpert[move.slot[1]!] = expertA;
}

/** Carries the move out; the touched ranks stay noted until `clearTouched` or `undoMove`. */
export function applyMove(state: ShareState, move: Move): void {
  const { layer, sources, counts } = state;
  for (let i = 0; i < move.size; i++) {
    const expert = move.expert[i]!;
    if (expert === layer.experts) continue;
    addLoad(state, expert, -1);
    const first = expert * layer.ranks;
    const count = counts[expert]!;
    for (let copy = 0; copy < count; copy++) move.savedSources[i * layer.ranks + copy] = sources[first + copy]!;
    changeHolder(state, expert, move.from[i]!, move.to[i]!);
    recountSources(state, expert);
    addLoad(state, expert, 1);
  }
  for (let i = 0; i < move.slots; i++) state.slotExpert[move.slot[i]!] = move.written[i]!;
}

export function undoMove(state: ShareState, move: Move): void {
  const { layer, sources, counts } = state;
  for (let i = move.size - 1; i >= 0; i--) {
    const expert = move.expert[i]!;
    if (expert === layer.experts) continue;
    changeHolder(state, expert, move.to[i]!, move.from[i]!);
    const first = expert * layer.ranks;
    const count = counts[expert]!;
    for (let copy = 0; copy < count; copy++) sources[first + copy] = move.savedSources[i * layer.ranks + copy]!;
  }
  for (let i = 0; i < move.slots; i++) state.slotExpert[move.slot[i]!] = move.overwritten[i]!;
  restoreHeights(state);
}

/** A random move that touches a hot rank: a plane is drawn, and the hottest of a few ranks drawn in it. */
export function proposeMove(state: ShareState, random: Random, move: Move): boolean {
  const { layer, slotExpert, planes, heights } = state;
  const plane = random.below(planes);
  let hot = random.below(layer.ranks);
  for (let draw = 1; draw < DRAWS; draw++) {
    const rank = random.below(layer.ranks);
    if (heights[rank * planes + plane]! > heights[hot * planes + plane]!) hot = rank;
  }
  const hotSlot = hot * layer.slots + random.below(layer.slots);
  const otherSlot = random.below(slotExpert.length);
  const kind = random.below(8);
  if (kind < 4 || state.keepsCounts) return planSwap(state, hotSlot, otherSlot, move);
  const hotExpert = slotExpert[hotSlot]!;
  // a further copy of a hot rank's expert elsewhere, or a hot rank's spare copy replaced by something else
  if (kind === 4) return hotExpert < layer.experts && planReplace(state, otherSlot, hotExpert, move);
  if (kind === 5) return planReplace(state, hotSlot, random.below(layer.experts), move);
  const thirdSlot = random.below(slotExpert.length);
  if (kind === 6) return hotExpert < layer.experts && planDisplace(state, otherSlot, thirdSlot, hotExpert, move);
  return planDisplace(state, hotSlot, otherSlot, random.below(layer.experts), move);
}
