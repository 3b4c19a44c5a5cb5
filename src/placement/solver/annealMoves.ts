import type { Layer, LayerSlots } from './layer.ts';
import type { Random } from './random.ts';

/**
 * Simulated annealing on one load under uniform split, of arrivals plus a price on the load above `target`. The price
 * rises from next to nothing to where any excess costs more than an arrival: the placement loosens up, finds out
 * which experts are worth moving, and settles. `origin` is [rank][expert], 1 where the old placement holds the
 * expert. What is left above the target at the end is little, and is for the caller to repair.
 */
export function annealMoves(
  layer: Layer,
  start: LayerSlots,
  origin: Uint8Array,
  target: number,
  tries: number,
  random: Random,
): LayerSlots {
  const state = createAnneal(layer, start, origin, target);
  const perStage = Math.ceil(tries / STAGES);
  for (let stage = 0; stage < STAGES; stage++) {
    for (let i = 0; i < perStage; i++) proposeChange(state, random);
    state.price *= RISE;
  }
  return state.slotExpert.map((expert) => (expert === layer.experts ? -1 : expert));
}

/** arrivals per mean rank load above the target */
const FIRST_PRICE = 5;
const STAGES = 64;
/** 2000-fold in 64 stages, by square roots only: Math.pow may differ between machines */
const RISE = Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(2000))))));
/** in arrivals */
const TEMPERATURE = 0.1;

interface Anneal {
  readonly layer: Layer;
  readonly origin: Uint8Array;
  readonly target: number;
  price: number;
  /** [rank][slot], `layer.experts` for an empty slot */
  readonly slotExpert: Int32Array;
  /** [expert + 1] */
  readonly weight: Float64Array;
  readonly counts: Int32Array;
  /** [expert][copy], in no order */
  readonly holders: Int32Array;
  /** [rank][expert + 1], 1 where the rank holds the expert */
  readonly held: Uint8Array;
  /** [rank] */
  readonly heights: Float64Array;
  /** [rank], the experts it held before */
  readonly before: readonly Int32Array[];
  /** [expert], the ranks that held it before */
  readonly homes: readonly Int32Array[];
  /** the slots whose expert the rank didn't hold before, in no order, and [slot] where each stands among them or -1 */
  arrivals: number;
  readonly arrivalSlots: Int32Array;
  readonly arrivalAt: Int32Array;
}

function createAnneal(layer: Layer, start: LayerSlots, origin: Uint8Array, target: number): Anneal {
  const { experts, ranks, slots, meanWeight, slowness } = layer;
  const stride = experts + 1;
  const weight = new Float64Array(stride);
  weight.set(meanWeight);
  const slotExpert = start.map((expert) => (expert < 0 ? experts : expert));
  const counts = new Int32Array(stride);
  const holders = new Int32Array(stride * ranks);
  const held = new Uint8Array(ranks * stride);
  const heights = new Float64Array(ranks);
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const expert = slotExpert[slot]!;
    if (expert === experts) continue;
    const rank = (slot / slots) | 0;
    holders[expert * ranks + counts[expert]!] = rank;
    counts[expert] = counts[expert]! + 1;
    held[rank * stride + expert] = 1;
  }
  counts[experts] = 1;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const rank = (slot / slots) | 0;
    const expert = slotExpert[slot]!;
    heights[rank] = heights[rank]! + (weight[expert]! / counts[expert]!) * slowness[rank]!;
  }
  const before = Array.from({ length: ranks }, () => [] as number[]);
  const homes = Array.from({ length: experts }, () => [] as number[]);
  for (let at = 0; at < origin.length; at++) {
    if (origin[at] === 0) continue;
    before[(at / experts) | 0]!.push(at % experts);
    homes[at % experts]!.push((at / experts) | 0);
  }
  const state: Anneal = {
    layer,
    origin,
    target,
    price: FIRST_PRICE,
    slotExpert,
    weight,
    counts,
    holders,
    held,
    heights,
    before: before.map((list) => Int32Array.from(list)),
    homes: homes.map((list) => Int32Array.from(list)),
    arrivals: 0,
    arrivalSlots: new Int32Array(slotExpert.length),
    arrivalAt: new Int32Array(slotExpert.length).fill(-1),
  };
  for (let slot = 0; slot < slotExpert.length; slot++) noteArrival(state, slot);
  return state;
}

/**
 * Two slots exchange, an arrival goes home, or a spare copy gives way to some other expert or one that was there. Most
 * proposals are about arrivals: two of them that change places cost nothing.
 */
function proposeChange(state: Anneal, random: Random): void {
  const { slotExpert, arrivalSlots, before } = state;
  const { slots } = state.layer;
  const kind = random.below(8);
  const any = random.below(slotExpert.length);
  const arrival = state.arrivals === 0 ? any : arrivalSlots[random.below(state.arrivals)]!;
  if (kind === 0) trySwap(state, any, random.below(slotExpert.length), random);
  else if (kind < 3 && state.arrivals > 1) trySwap(state, arrival, arrivalSlots[random.below(state.arrivals)]!, random);
  else if (kind < 4) trySwap(state, arrival, any, random);
  else if (kind === 4) tryHome(state, arrival, random);
  else if (kind < 7) tryReplace(state, kind === 5 ? any : arrival, random.below(state.layer.experts), random);
  else {
    const former = before[(any / slots) | 0]!;
    if (former.length > 0) tryReplace(state, any, former[random.below(former.length)]!, random);
  }
}

function tryHome(state: Anneal, arrival: number, random: Random): void {
  const { layer, slotExpert, homes } = state;
  const expert = slotExpert[arrival]!;
  if (expert === layer.experts) return;
  const home = homes[expert]!;
  if (home.length === 0) return;
  trySwap(state, arrival, home[random.below(home.length)]! * layer.slots + random.below(layer.slots), random);
}

/** Keeps the list of the slots whose expert has arrived. */
function noteArrival(state: Anneal, slot: number): void {
  const { arrivalSlots, arrivalAt } = state;
  const has = isNew(state, (slot / state.layer.slots) | 0, state.slotExpert[slot]!) === 1;
  const at = arrivalAt[slot]!;
  if (has === at >= 0) return;
  if (has) {
    arrivalAt[slot] = state.arrivals;
    arrivalSlots[state.arrivals++] = slot;
    return;
  }
  const last = arrivalSlots[--state.arrivals]!;
  arrivalSlots[at] = last;
  arrivalAt[last] = at;
  arrivalAt[slot] = -1;
}

function trySwap(state: Anneal, slotA: number, slotB: number, random: Random): void {
  const { layer, slotExpert, held, heights, target, weight, counts } = state;
  const { experts, slots, slowness } = layer;
  const stride = experts + 1;
  const rankA = (slotA / slots) | 0;
  const rankB = (slotB / slots) | 0;
  const a = slotExpert[slotA]!;
  const b = slotExpert[slotB]!;
  if (rankA === rankB || a === b || held[rankB * stride + a] === 1 || held[rankA * stride + b] === 1) return;
  const moved = weight[a]! / counts[a]! - weight[b]! / counts[b]!;
  const afterA = heights[rankA]! - moved * slowness[rankA]!;
  const afterB = heights[rankB]! + moved * slowness[rankB]!;
  const risen =
    above(afterA - target) + above(afterB - target) - above(heights[rankA]! - target) - above(heights[rankB]! - target);
  const arriving = isNew(state, rankA, b) + isNew(state, rankB, a) - isNew(state, rankA, a) - isNew(state, rankB, b);
  if (!accepts(arriving + state.price * risen, random)) return;
  slotExpert[slotA] = b;
  slotExpert[slotB] = a;
  noteArrival(state, slotA);
  noteArrival(state, slotB);
  heights[rankA] = afterA;
  heights[rankB] = afterB;
  rehome(state, a, rankA, rankB);
  rehome(state, b, rankB, rankA);
}

function tryReplace(state: Anneal, slot: number, coming: number, random: Random): void {
  const { layer, slotExpert, held, heights, target, weight, counts, holders } = state;
  const { experts, slots, slowness, ranks } = layer;
  const stride = experts + 1;
  const rank = (slot / slots) | 0;
  const leaving = slotExpert[slot]!;
  if (leaving === experts || counts[leaving]! <= layer.leastCopies[leaving]!) return;
  if (held[rank * stride + coming] === 1 || counts[coming]! >= layer.maxCopies) return;
  const leavingCount = counts[leaving]!;
  const comingCount = counts[coming]!;
  const more = weight[leaving]! / (leavingCount - 1) - weight[leaving]! / leavingCount;
  const less = weight[coming]! / comingCount - weight[coming]! / (comingCount + 1);
  const here = weight[coming]! / (comingCount + 1) - weight[leaving]! / leavingCount;
  let risen = above(heights[rank]! + here * slowness[rank]! - target) - above(heights[rank]! - target);
  for (let copy = leaving * ranks; copy < leaving * ranks + leavingCount; copy++) {
    const holder = holders[copy]!;
    if (holder === rank) continue;
    const gain = more - (held[holder * stride + coming] === 1 ? less : 0);
    risen += above(heights[holder]! + gain * slowness[holder]! - target) - above(heights[holder]! - target);
  }
  for (let copy = coming * ranks; copy < coming * ranks + comingCount; copy++) {
    const holder = holders[copy]!;
    if (held[holder * stride + leaving] === 1) continue;
    risen += above(heights[holder]! - less * slowness[holder]! - target) - above(heights[holder]! - target);
  }
  const arriving = isNew(state, rank, coming) - isNew(state, rank, leaving);
  if (!accepts(arriving + state.price * risen, random)) return;
  for (let copy = leaving * ranks; copy < leaving * ranks + leavingCount; copy++) {
    const holder = holders[copy]!;
    if (holder !== rank) heights[holder] = heights[holder]! + more * slowness[holder]!;
  }
  for (let copy = coming * ranks; copy < coming * ranks + comingCount; copy++) {
    const holder = holders[copy]!;
    heights[holder] = heights[holder]! - less * slowness[holder]!;
  }
  heights[rank] = heights[rank]! + here * slowness[rank]!;
  slotExpert[slot] = coming;
  noteArrival(state, slot);
  rehome(state, leaving, rank, -1);
  rehome(state, coming, -1, rank);
}

function above(height: number): number {
  return Math.max(height, 0);
}

function isNew(state: Anneal, rank: number, expert: number): number {
  const { experts } = state.layer;
  return expert === experts ? 0 : 1 - state.origin[rank * experts + expert]!;
}

function accepts(cost: number, random: Random): boolean {
  return cost <= 0 || (cost < LARGEST && cost < PATIENCE[random.below(QUANTILES)]!);
}

const QUANTILES = 1024;
/** Quantiles of the exponential distribution times the temperature, as means of order statistics: no logarithm needed. */
const PATIENCE = exponentialQuantiles();
const LARGEST = PATIENCE[QUANTILES - 1]!;

function exponentialQuantiles(): Float64Array {
  const quantiles = new Float64Array(QUANTILES);
  let sum = 0;
  for (let i = 0; i < QUANTILES; i++) {
    sum += 1 / (QUANTILES - i);
    quantiles[i] = sum * TEMPERATURE;
  }
  return quantiles;
}

/** Takes an expert off rank `from` and puts it on rank `to`; -1 for neither. */
function rehome(state: Anneal, expert: number, from: number, to: number): void {
  const { layer, counts, holders, held } = state;
  if (expert === layer.experts) return;
  const first = expert * layer.ranks;
  const stride = layer.experts + 1;
  let at = first + counts[expert]!;
  if (from >= 0) {
    at = first;
    while (holders[at] !== from) at++;
    held[from * stride + expert] = 0;
  }
  if (to >= 0) {
    holders[at] = to;
    held[to * stride + expert] = 1;
    if (from < 0) counts[expert] = counts[expert]! + 1;
    return;
  }
  const last = first + counts[expert]! - 1;
  holders[at] = holders[last]!;
  counts[expert] = counts[expert]! - 1;
}
