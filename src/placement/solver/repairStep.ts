import { type Arrivals, arrivalsAdded, breaksRankBudget, createArrivals, isArrival } from './arrivals.ts';
import { excessChange } from './moveEnergy.ts';
import { copyMove, createMove, type Move, planReplace, planSwap } from './moves.ts';
import type { ShareState } from './shareState.ts';

/** ranks looked at, from the hottest on, until one can be helped */
const LOOKS = 3;
/** A move may gain so much less by the rough estimate and still be looked at closely. */
const ROUGHLY = 0.5;
/** What the gain of a change without moves is divided by. */
const FREE = 0.1;

/** Looks at the hottest rank of the worst plane, then at cooler ones while none can be helped. */
export function bestStep(search: Search): boolean {
  const { state, highest } = search;
  const { layer } = state;
  measureHeat(search);
  measureUnits(search);
  for (let look = 0; look < LOOKS; look++) {
    let hot = 0;
    for (let rank = 1; rank < layer.ranks; rank++) if (highest[rank]! > highest[hot]!) hot = rank;
    if (highest[hot]! <= search.limits.target) return false;
    search.bestGain = 0;
    tryRank(search, hot);
    if (search.bestGain > 0) return true;
    highest[hot] = 0;
  }
  return false;
}

export interface Search {
  readonly state: ShareState;
  readonly arrivals: Arrivals;
  readonly limits: RepairLimits;
  readonly trial: Move;
  readonly best: Move;
  bestGain: number;
  /** slots whose expert has copies to spare */
  readonly spareSlots: Int32Array;
  /** [rank], over the planes */
  readonly highest: Float64Array;
  /** [rank], squared excess over the target of all planes: no change at the rank can gain more there */
  readonly heat: Float64Array;
  /** [expert + 1], the heat of all its ranks */
  readonly expertHeat: Float64Array;
  /** [slot][plane], what the slot's copy carries */
  readonly unitAt: Float64Array;
}

export function createSearch(state: ShareState, origin: Uint8Array, limits: RepairLimits): Search {
  const { ranks, experts } = state.layer;
  return {
    state,
    arrivals: createArrivals(state, origin),
    limits,
    trial: createMove(ranks),
    best: createMove(ranks),
    bestGain: 0,
    spareSlots: new Int32Array(state.slotExpert.length),
    highest: new Float64Array(ranks),
    heat: new Float64Array(ranks),
    expertHeat: new Float64Array(experts + 1),
    unitAt: new Float64Array(state.slotExpert.length * state.planes),
  };
}

/** What a repair may cost. */
export interface RepairLimits {
  /** stop when the objective is at most this */
  readonly target: number;
  readonly perLayer: number;
  readonly perRank: number;
  readonly steps: number;
  /** tries after every step to do better with the arrivals there are */
  readonly polish: number;
  /** tries to take arrivals back once the target is met */
  readonly retractions: number;
}

function measureHeat({ state, highest, heat, expertHeat, limits }: Search): void {
  const { layer, planes, heights, holders, counts } = state;
  highest.fill(0);
  heat.fill(0);
  for (let at = 0; at < heights.length; at++) {
    const rank = (at / planes) | 0;
    const over = heights[at]! - limits.target;
    if (over > 0) heat[rank] = heat[rank]! + over * over;
    if (heights[at]! > highest[rank]!) highest[rank] = heights[at]!;
  }
  for (let expert = 0; expert < layer.experts; expert++) {
    let sum = 0;
    for (let copy = expert * layer.ranks; copy < expert * layer.ranks + counts[expert]!; copy++)
      sum += heat[holders[copy]!]!;
    expertHeat[expert] = sum;
  }
}

function measureUnits({ state, unitAt }: Search): void {
  const { layer, planes, uniformPlanes, weight, slotExpert, holders, sources, counts } = state;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const expert = slotExpert[slot]!;
    if (expert === layer.experts) {
      unitAt.fill(0, slot * planes, (slot + 1) * planes);
      continue;
    }
    const even = 1 / counts[expert]!;
    let copy = expert * layer.ranks;
    if (uniformPlanes < planes) while (holders[copy] !== ((slot / layer.slots) | 0)) copy++;
    for (let plane = 0; plane < planes; plane++) {
      const share = plane < uniformPlanes ? even : sources[copy]! / layer.ranks;
      unitAt[slot * planes + plane] = weight[expert * planes + plane]! * share;
    }
  }
}

function tryRank(search: Search, hot: number): void {
  const { state, spareSlots } = search;
  const { layer, slotExpert, counts } = state;
  const isOnePlane = state.planes === 1 && state.uniformPlanes === 1;
  let spares = 0;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    if (slotExpert[slot]! < layer.experts && counts[slotExpert[slot]!]! > 1) spareSlots[spares++] = slot;
  }
  for (let hotSlot = hot * layer.slots; hotSlot < (hot + 1) * layer.slots; hotSlot++) {
    const hotExpert = slotExpert[hotSlot]!;
    trySwaps(search, hotSlot);
    if (hotExpert === layer.experts) continue;
    if (isOnePlane) tryCopiesInOnePlane(search, hotExpert, spares);
    else for (let i = 0; i < spares; i++) tryReplace(search, spareSlots[i]!, hotExpert);
    if (counts[hotExpert]! < 2) continue;
    for (let expert = 0; expert < layer.experts; expert++) tryReplace(search, hotSlot, expert);
  }
}

/**
 * A further copy of `expert` in `slot`. What the ranks it touches keep above the target, with copies taken to share evenly,
 * is summed up only until the gain is too small.
 */
function tryReplace(search: Search, slot: number, expert: number): void {
  const { state, arrivals, limits, heat, expertHeat, trial } = search;
  const { layer, planes, weight, counts, holders, held, heights } = state;
  const { experts, ranks, slowness } = layer;
  const { target } = limits;
  const rank = (slot / layer.slots) | 0;
  const leaving = state.slotExpert[slot]!;
  const cost = (isArrival(arrivals, rank, expert) ? 1 : 0) - (isArrival(arrivals, rank, leaving) ? 1 : 0);
  const isExact = planes === state.uniformPlanes;
  const least = search.bestGain * Math.max(cost, FREE) * (isExact ? 1 : ROUGHLY);
  let room = expertHeat[leaving]! + expertHeat[expert]! - least;
  if (room <= 1e-15 || !planReplace(state, slot, expert, trial)) return;
  const less = 1 / (counts[expert]! + 1) - 1 / counts[expert]!;
  const more = 1 / (counts[leaving]! - 1) - 1 / counts[leaving]!;
  for (let plane = 0; plane < planes; plane++) {
    const coming = weight[expert * planes + plane]! / (counts[expert]! + 1);
    const going = weight[leaving * planes + plane]! / counts[leaving]!;
    const over = heights[rank * planes + plane]! + (coming - going) * slowness[rank]! - target;
    if (over > 0) room -= over * over;
  }
  for (let copy = expert * ranks; copy < expert * ranks + counts[expert]! && room > 1e-15; copy++) {
    const holder = holders[copy]!;
    const isBoth = held[holder * (experts + 1) + leaving] === 1;
    if (isBoth) room -= heat[holder]!;
    for (let plane = 0; plane < planes; plane++) {
      let gain = weight[expert * planes + plane]! * less;
      if (isBoth) gain += weight[leaving * planes + plane]! * more;
      const over = heights[holder * planes + plane]! + gain * slowness[holder]! - target;
      if (over > 0) room -= over * over;
    }
  }
  for (let copy = leaving * ranks; copy < leaving * ranks + counts[leaving]! && room > 1e-15; copy++) {
    const holder = holders[copy]!;
    if (holder === rank || held[holder * (experts + 1) + expert] === 1) continue;
    for (let plane = 0; plane < planes; plane++) {
      const gain = weight[leaving * planes + plane]! * more;
      const over = heights[holder * planes + plane]! + gain * slowness[holder]! - target;
      if (over > 0) room -= over * over;
    }
  }
  if (room > 1e-15) considerMove(search);
}

/** Exchanges with every other slot: what both ranks keep above the target is summed up only until the gain is too small. */
function trySwaps(search: Search, hotSlot: number): void {
  const { state, arrivals, limits, heat, unitAt, trial } = search;
  const { layer, slotExpert, planes, uniformPlanes, counts, heights, held } = state;
  const { experts, slots, slowness } = layer;
  const { target } = limits;
  const { origin } = arrivals;
  const hotExpert = slotExpert[hotSlot]!;
  const hot = (hotSlot / slots) | 0;
  const slowHot = slowness[hot]!;
  const isNew = hotExpert !== experts && origin[hot * experts + hotExpert] === 0 ? 1 : 0;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const rank = (slot / slots) | 0;
    const other = slotExpert[slot]!;
    if (rank === hot || other === hotExpert) continue;
    let cost = -isNew;
    if (hotExpert !== experts) cost += 1 - origin[rank * experts + hotExpert]!;
    if (other !== experts) cost += origin[rank * experts + other]! - origin[hot * experts + other]!;
    const isPlain = uniformPlanes === planes || (counts[hotExpert]! <= 1 && counts[other]! <= 1);
    // under affine routing shares may turn out otherwise than they are now
    const least = search.bestGain * Math.max(cost, FREE) * (isPlain ? 1 : ROUGHLY);
    let room = heat[hot]! + heat[rank]! - least;
    if (room <= 1e-15 || held[rank * (experts + 1) + hotExpert] === 1 || held[hot * (experts + 1) + other] === 1)
      continue;
    const slow = slowness[rank]!;
    for (let plane = 0; plane < planes && room > 1e-15; plane++) {
      const moved = unitAt[hotSlot * planes + plane]! - unitAt[slot * planes + plane]!;
      const left = heights[hot * planes + plane]! - moved * slowHot - target;
      const risen = heights[rank * planes + plane]! + moved * slow - target;
      if (left > 0) room -= left * left;
      if (risen > 0) room -= risen * risen;
    }
    if (room > 1e-15 && planSwap(state, hotSlot, slot, trial)) considerMove(search);
  }
}

/** A further copy of `expert` in each of the spare slots: what it gains elsewhere is the same for all of them. */
function tryCopiesInOnePlane(search: Search, expert: number, spares: number): void {
  const { state, trial, limits, spareSlots } = search;
  const { layer, slotExpert, counts, weight, heights, holders } = state;
  const count = counts[expert]!;
  const saved = weight[expert]! / count - weight[expert]! / (count + 1);
  let gainElsewhere = 0;
  for (let copy = expert * layer.ranks; copy < expert * layer.ranks + count; copy++) {
    const rank = holders[copy]!;
    const over = heights[rank]! - limits.target;
    if (over <= 0) continue;
    const left = over - saved * layer.slowness[rank]!;
    gainElsewhere += left > 0 ? over * over - left * left : over * over;
  }
  for (let i = 0; i < spares; i++) {
    const slot = spareSlots[i]!;
    const leaving = slotExpert[slot]!;
    const rank = (slot / layer.slots) | 0;
    const under = heights[rank]! - limits.target;
    const brought = weight[expert]! / (count + 1) - weight[leaving]! / counts[leaving]!;
    const risen = under + brought * layer.slowness[rank]!;
    let gain = gainElsewhere;
    if (under > 0) gain += under * under;
    if (risen > 0) gain -= risen * risen;
    if (gain <= search.bestGain * FREE || gain <= 0) continue;
    if (planReplace(state, slot, expert, trial)) considerMove(search);
  }
}

function considerMove(search: Search): void {
  const { state, trial, best, limits, arrivals } = search;
  const cost = arrivalsAdded(arrivals, trial);
  if (cost > 0 && arrivals.total + cost > limits.perLayer) return;
  const change = excessChange(state, trial, limits.target);
  if (change >= -1e-15) return;
  const gain = -change / Math.max(cost, FREE);
  if (gain <= search.bestGain || breaksRankBudget(arrivals, trial, limits.perRank)) return;
  search.bestGain = gain;
  copyMove(trial, best);
}
