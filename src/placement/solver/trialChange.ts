import { FIXED, type OpenSlots } from './openSlots.ts';

/** A change that is only thought of: which ranks' rooms and which loads of the pool it would change. */
export interface TrialChange {
  readonly state: OpenSlots;
  /** the ranks whose room changes, [rank] by how much, and whether it is listed */
  ranks: number;
  readonly changed: Int32Array;
  readonly by: Float64Array;
  readonly isListed: Uint8Array;
  /** the rank whose slot opens or closes, or -1 */
  switched: number;
  /** places in the sorted lists that are gone and what comes instead, both rising */
  readonly rooms: Exchange;
  readonly loads: Exchange;
}

interface Exchange {
  gone: number;
  readonly places: Int32Array;
  come: number;
  readonly values: Float64Array;
}

export function createTrialChange(state: OpenSlots): TrialChange {
  const { ranks } = state.layer;
  const exchange = (): Exchange => ({
    gone: 0,
    places: new Int32Array(ranks + 1),
    come: 0,
    values: new Float64Array(ranks + 2),
  });
  return {
    state,
    ranks: 0,
    changed: new Int32Array(ranks),
    by: new Float64Array(ranks),
    isListed: new Uint8Array(ranks),
    switched: -1,
    rooms: exchange(),
    loads: exchange(),
  };
}

/** Nothing changes. */
export function resetTrial(trial: TrialChange): void {
  const { changed, by, isListed, rooms, loads } = trial;
  for (let i = 0; i < trial.ranks; i++) {
    by[changed[i]!] = 0;
    isListed[changed[i]!] = 0;
  }
  trial.ranks = 0;
  trial.switched = -1;
  rooms.gone = 0;
  rooms.come = 0;
  loads.gone = 0;
  loads.come = 0;
}

export function addRoom(trial: TrialChange, rank: number, room: number): void {
  const { changed, by, isListed } = trial;
  by[rank] = by[rank]! + room;
  if (isListed[rank] === 1) return;
  isListed[rank] = 1;
  changed[trial.ranks++] = rank;
}

/** The pool loses what is at a place of its list. */
export function losePooled(trial: TrialChange, place: number): void {
  lose(trial.loads, place);
}

export function gainPooled(trial: TrialChange, load: number): void {
  gain(trial.loads, load);
}

/** An expert has so many copies more, `inPool` of them in the pool, and all of its copies another load. */
export function changeCount(trial: TrialChange, expert: number, more: 1 | -1, inPool: 0 | 1 | -1): void {
  const { state } = trial;
  const { layer, counts, unit, holders, holding, pooled, loadExpert } = state;
  const after = layer.meanWeight[expert]! / (counts[expert]! + more);
  const less = unit[expert]! - after;
  const first = expert * layer.ranks;
  for (let at = first; at < first + holding[expert]!; at++) addRoom(trial, holders[at]!, less);
  let left = pooled[expert]!;
  for (let place = 0; left > 0; place++) {
    if (loadExpert[place] !== expert) continue;
    lose(trial.loads, place);
    left--;
  }
  for (let copy = pooled[expert]! + inPool; copy > 0; copy--) gain(trial.loads, after);
}

/** The load above the target after the change, or infinity from `limit` on. */
export function overloadAfter(trial: TrialChange, limit: number): number {
  const { state, rooms, loads } = trial;
  let sum = state.over[FIXED]! + changeRooms(trial);
  const count = state.open - rooms.gone + rooms.come;
  const roomList = state.rooms;
  const loadList = state.loads;
  end(rooms, roomList, state.open);
  end(loads, loadList, state.size);
  const firstGone = Math.min(rooms.gone > 0 ? rooms.places[0]! : count, loads.gone > 0 ? loads.places[0]! : count);
  const leastRoom = rooms.values[0]!;
  const leastLoad = loads.values[0]!;
  let i = 0;
  // as far as nothing has changed; then both lists are merged with their changes; then nothing has changed any more
  for (; i < firstGone && roomList[i]! < leastRoom && loadList[i]! < leastLoad; i++) {
    sum += Math.max(0, loadList[i]! - roomList[i]!);
  }
  let room = i;
  let goneRoom = 0;
  let newRoom = 0;
  let load = i;
  let goneLoad = 0;
  let newLoad = 0;
  const changes = rooms.gone + rooms.come + loads.gone + loads.come;
  for (; i < count && goneRoom + newRoom + goneLoad + newLoad < changes; i++) {
    for (; rooms.places[goneRoom] === room; room++) goneRoom++;
    for (; loads.places[goneLoad] === load; load++) goneLoad++;
    const space = roomList[room]! < rooms.values[newRoom]! ? roomList[room++]! : rooms.values[newRoom++]!;
    const weight = loadList[load]! < loads.values[newLoad]! ? loadList[load++]! : loads.values[newLoad++]!;
    sum += Math.max(0, weight - space);
    if (sum >= limit) return Number.POSITIVE_INFINITY;
  }
  for (; i < count; i++) sum += Math.max(0, loadList[load++]! - roomList[room++]!);
  return sum;
}

/** Enters the changed rooms into the list; returns what ranks without an open slot have above the target more. */
function changeRooms(trial: TrialChange): number {
  const { state, changed, by, rooms, switched } = trial;
  const { room, roomAt } = state;
  let over = 0;
  for (let i = 0; i < trial.ranks; i++) {
    const rank = changed[i]!;
    const isOpen = roomAt[rank]! >= 0;
    const after = room[rank]! + by[rank]!;
    if (isOpen) lose(rooms, roomAt[rank]!);
    else over -= Math.max(0, -room[rank]!);
    if (isOpen !== (rank === switched)) gain(rooms, after);
    else over += Math.max(0, -after);
  }
  return over;
}

function lose(list: Exchange, place: number): void {
  const { places } = list;
  let at = list.gone++;
  for (; at > 0 && places[at - 1]! > place; at--) places[at] = places[at - 1]!;
  places[at] = place;
}

function gain(list: Exchange, value: number): void {
  const { values } = list;
  let at = list.come++;
  for (; at > 0 && values[at - 1]! > value; at--) values[at] = values[at - 1]!;
  values[at] = value;
}

/** What no place and no value of the lists is. */
function end(list: Exchange, sorted: Float64Array, length: number): void {
  list.places[list.gone] = -1;
  list.values[list.come] = Number.POSITIVE_INFINITY;
  sorted[length] = Number.POSITIVE_INFINITY;
}
