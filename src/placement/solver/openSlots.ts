import type { Layer, LayerSlots } from './layer.ts';

/**
 * A layer's placement with one slot left open on most ranks, and the experts for these slots in a pool. Who of them goes
 * where is not decided: smallest to smallest room is the best there is for one load under uniform split, so the load
 * above the target is known from the two sorted lists alone, and one change here stands for a whole chain of them. An
 * empty slot holds the expert `layer.experts`, which weighs nothing and belongs everywhere.
 */
export interface OpenSlots {
  readonly layer: Layer;
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  /** [rank], the experts it held before */
  readonly before: readonly Int32Array[];
  /** [rank][slot], -1 for the open one */
  readonly slotExpert: Int32Array;
  /** [rank], the open slot or -1 */
  readonly openSlot: Int32Array;
  /** [expert + 1] */
  readonly counts: Int32Array;
  /** [expert + 1], load of a copy */
  readonly unit: Float64Array;
  /** [expert][copy], ranks that hold it in a slot, in no order, and [expert] how many */
  readonly holders: Int32Array;
  readonly holding: Int32Array;
  /** [rank][expert + 1], 1 where it is in a slot of the rank */
  readonly held: Uint8Array;
  /** [rank], load up to the target */
  readonly room: Float64Array;
  /** ranks with an open slot: how many, their rooms rising, whose they are, and [rank] where in that order or -1 */
  open: number;
  readonly rooms: Float64Array;
  readonly roomRank: Int32Array;
  readonly roomAt: Int32Array;
  /** the pool, as many as open slots: loads rising, and whose they are; [expert + 1] copies in it */
  size: number;
  readonly loads: Float64Array;
  readonly loadExpert: Int32Array;
  readonly pooled: Int32Array;
  /** slots whose expert has arrived, in no order, and [slot] where in that list or -1 */
  arrived: number;
  readonly arrivedSlots: Int32Array;
  readonly arrivedAt: Int32Array;
  /** load above the target: [ALL], and [FIXED] on ranks without an open slot. A number of an object would cost an allocation with every change. */
  readonly over: Float64Array;
}

export const ALL = 0;
export const FIXED = 1;

/** Opens one slot on every rank of `start` that has an arrival. */
export function openSlots(layer: Layer, start: LayerSlots, origin: Uint8Array, target: number): OpenSlots {
  const { experts, ranks, slots } = layer;
  const before = Array.from({ length: ranks }, () => [] as number[]);
  for (let at = 0; at < origin.length; at++) {
    if (origin[at] === 1) before[(at / experts) | 0]!.push(at % experts);
  }
  const state: OpenSlots = {
    layer,
    origin,
    before: before.map((list) => Int32Array.from(list)),
    slotExpert: start.map((expert) => (expert < 0 ? experts : expert)),
    openSlot: new Int32Array(ranks).fill(-1),
    counts: new Int32Array(experts + 1),
    unit: new Float64Array(experts + 1),
    holders: new Int32Array(experts * ranks),
    holding: new Int32Array(experts),
    held: new Uint8Array(ranks * (experts + 1)),
    room: Float64Array.from(layer.slowness, (slowness) => target / slowness),
    open: 0,
    rooms: new Float64Array(ranks + 1),
    roomRank: new Int32Array(ranks),
    roomAt: new Int32Array(ranks).fill(-1),
    size: 0,
    loads: new Float64Array(ranks + 1),
    loadExpert: new Int32Array(ranks + 1),
    pooled: new Int32Array(experts + 1),
    arrived: 0,
    arrivedSlots: new Int32Array(ranks * slots),
    arrivedAt: new Int32Array(ranks * slots).fill(-1),
    over: new Float64Array(2),
  };
  for (const expert of state.slotExpert) state.counts[expert] = state.counts[expert]! + 1;
  for (let expert = 0; expert < experts; expert++)
    state.unit[expert] = layer.meanWeight[expert]! / state.counts[expert]!;
  for (let rank = 0; rank < ranks; rank++) fillRank(state, rank);
  state.over[ALL] = overload(state);
  return state;
}

function fillRank(state: OpenSlots, rank: number): void {
  const { layer, slotExpert, openSlot, room, unit } = state;
  let pooled = -1;
  for (let slot = rank * layer.slots; slot < (rank + 1) * layer.slots; slot++) {
    const expert = slotExpert[slot]!;
    if (pooled < 0 && isNew(state, rank, expert) === 1) {
      pooled = expert;
      openSlot[rank] = slot;
      slotExpert[slot] = -1;
      continue;
    }
    putIn(state, slot, expert);
    room[rank] = room[rank]! - unit[expert]!;
  }
  if (pooled < 0) {
    state.over[FIXED]! += Math.max(0, -room[rank]!);
    return;
  }
  insertRoom(state, rank);
  insertLoad(state, pooled);
}

/** 1 for an expert that the rank didn't hold before */
export function isNew(state: OpenSlots, rank: number, expert: number): number {
  const { experts } = state.layer;
  return expert === experts ? 0 : 1 - state.origin[rank * experts + expert]!;
}

/** The load above the target when the pool goes to the open slots, each list in order. */
export function overload(state: OpenSlots): number {
  const { rooms, loads, open } = state;
  let twice = 0;
  for (let i = 0; i < open; i++) {
    const excess = loads[i]! - rooms[i]!;
    twice += excess + Math.abs(excess);
  }
  return twice / 2 + state.over[FIXED]!;
}

/** Puts an expert into a slot. Rooms are the caller's business. */
export function putIn(state: OpenSlots, slot: number, expert: number): void {
  const { layer, slotExpert, held, holders, holding, arrivedSlots, arrivedAt } = state;
  const rank = (slot / layer.slots) | 0;
  slotExpert[slot] = expert;
  if (expert === layer.experts) return;
  held[rank * (layer.experts + 1) + expert] = 1;
  holders[expert * layer.ranks + holding[expert]!] = rank;
  holding[expert] = holding[expert]! + 1;
  if (isNew(state, rank, expert) === 0) return;
  arrivedAt[slot] = state.arrived;
  arrivedSlots[state.arrived++] = slot;
}

/** Takes the expert out of a slot, which is empty then. Rooms are the caller's business. */
export function takeOut(state: OpenSlots, slot: number): void {
  const { layer, slotExpert, held, holders, holding, arrivedSlots, arrivedAt } = state;
  const rank = (slot / layer.slots) | 0;
  const expert = slotExpert[slot]!;
  slotExpert[slot] = -1;
  if (expert === layer.experts) return;
  held[rank * (layer.experts + 1) + expert] = 0;
  const first = expert * layer.ranks;
  let at = first;
  while (holders[at] !== rank) at++;
  holding[expert] = holding[expert]! - 1;
  holders[at] = holders[first + holding[expert]!]!;
  const listed = arrivedAt[slot]!;
  if (listed < 0) return;
  const last = arrivedSlots[--state.arrived]!;
  arrivedSlots[listed] = last;
  arrivedAt[last] = listed;
  arrivedAt[slot] = -1;
}

/** Gives an expert a copy more or less: all of its copies, in slots and in the pool, carry another load from then on. */
export function recount(state: OpenSlots, expert: number, by: 1 | -1): void {
  const { layer, counts, unit, holders, holding, room, pooled } = state;
  const was = unit[expert]!;
  counts[expert] = counts[expert]! + by;
  unit[expert] = layer.meanWeight[expert]! / counts[expert]!;
  const less = was - unit[expert]!;
  const first = expert * layer.ranks;
  for (let at = first; at < first + holding[expert]!; at++) changeRoom(state, holders[at]!, room[holders[at]!]! + less);
  const copies = pooled[expert]!;
  for (let copy = 0; copy < copies; copy++) removeLoad(state, loadAt(state, expert));
  for (let copy = 0; copy < copies; copy++) insertLoad(state, expert);
}

export function changeRoom(state: OpenSlots, rank: number, room: number): void {
  const was = state.room[rank]!;
  state.room[rank] = room;
  if (state.openSlot[rank]! < 0) {
    state.over[FIXED]! += Math.max(0, -room) - Math.max(0, -was);
    return;
  }
  const { rooms, roomRank, roomAt, open } = state;
  let at = roomAt[rank]!;
  for (; at > 0 && rooms[at - 1]! > room; at--) moveRoom(state, at - 1, at);
  for (; at + 1 < open && rooms[at + 1]! < room; at++) moveRoom(state, at + 1, at);
  rooms[at] = room;
  roomRank[at] = rank;
  roomAt[rank] = at;
}

function moveRoom(state: OpenSlots, from: number, to: number): void {
  const { rooms, roomRank, roomAt } = state;
  rooms[to] = rooms[from]!;
  roomRank[to] = roomRank[from]!;
  roomAt[roomRank[to]!] = to;
}

/** Notes that a rank has an open slot. The pool has to get an expert for it. */
export function insertRoom(state: OpenSlots, rank: number): void {
  const { room, rooms, roomRank, roomAt } = state;
  let at = state.open++;
  for (; at > 0 && rooms[at - 1]! > room[rank]!; at--) moveRoom(state, at - 1, at);
  rooms[at] = room[rank]!;
  roomRank[at] = rank;
  roomAt[rank] = at;
}

export function removeRoom(state: OpenSlots, rank: number): void {
  const { roomAt } = state;
  state.open--;
  for (let at = roomAt[rank]!; at < state.open; at++) moveRoom(state, at + 1, at);
  roomAt[rank] = -1;
}

/** Where in the pool a copy of the expert is. */
export function loadAt(state: OpenSlots, expert: number): number {
  let at = 0;
  while (state.loadExpert[at] !== expert) at++;
  return at;
}

export function insertLoad(state: OpenSlots, expert: number): void {
  const { unit, loads, loadExpert, pooled } = state;
  pooled[expert] = pooled[expert]! + 1;
  let at = state.size++;
  for (; at > 0 && loads[at - 1]! > unit[expert]!; at--) moveLoad(state, at - 1, at);
  loads[at] = unit[expert]!;
  loadExpert[at] = expert;
}

export function removeLoad(state: OpenSlots, at: number): void {
  const expert = state.loadExpert[at]!;
  state.pooled[expert] = state.pooled[expert]! - 1;
  state.size--;
  for (let to = at; to < state.size; to++) moveLoad(state, to + 1, to);
}

function moveLoad(state: OpenSlots, from: number, to: number): void {
  state.loads[to] = state.loads[from]!;
  state.loadExpert[to] = state.loadExpert[from]!;
}
