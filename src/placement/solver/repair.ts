import type { Objective } from '../model.ts';
import { type Arrivals, breaksRankBudget, costOf, countArrivals, noteMove } from './arrivals.ts';
import type { Point } from './front.ts';
import type { LayerSlots } from './layer.ts';
import { objectiveOfState } from './lowerPeaks.ts';
import { excessChange, roughExcessChange } from './moveEnergy.ts';
import { applyMove, copyMove, createMove, isPlainSwap, type Move, planReplace, planSwap } from './moves.ts';
import type { Random } from './random.ts';
import { retract } from './retract.ts';
import { clearTouched, emptied, loadSlots, type ShareState } from './shareState.ts';

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

/**
 * Greedy repair: step by step the swap or replacement at the hottest rank that lowers the squared excess over the
 * target most per expert moved; an expert that goes back to where it was costs nothing. `origin` is [rank][expert],
 * 1 where the old placement holds the expert. Returns a point for every step that lowered the objective.
 */
export function repair(
  state: ShareState,
  start: LayerSlots,
  origin: Uint8Array,
  objective: Objective,
  limits: RepairLimits,
  random: Random,
): Point[] {
  loadSlots(state, start);
  const search = createSearch(state, origin, limits);
  const { arrivals } = search;
  let best = objectiveOfState(state, objective);
  const points: Point[] = [];
  const record = () => {
    if (arrivals.total > limits.perLayer || arrivals.onRank.some((count) => count > limits.perRank)) return;
    points.push({ moves: arrivals.total, par: best, slots: emptied(state) });
  };
  record();
  for (let step = 0; step < limits.steps && best > limits.target; step++) {
    if (!bestStep(search)) break;
    applyMove(state, search.best);
    clearTouched(state);
    noteMove(arrivals, search.best);
    retract(state, arrivals, limits.target, limits.polish, random);
    const par = objectiveOfState(state, objective);
    if (par >= best - 1e-12) continue;
    best = par;
    record();
  }
  if (best <= limits.target) {
    retract(state, arrivals, limits.target, limits.retractions, random);
    best = objectiveOfState(state, objective);
    record();
  }
  return points;
}

interface Search {
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
}

function createSearch(state: ShareState, origin: Uint8Array, limits: RepairLimits): Search {
  const { ranks } = state.layer;
  return {
    state,
    arrivals: countArrivals(state, origin),
    limits,
    trial: createMove(ranks),
    best: createMove(ranks),
    bestGain: 0,
    spareSlots: new Int32Array(state.slotExpert.length),
    highest: new Float64Array(ranks),
  };
}

/** Looks at the hottest rank of the worst plane, then at cooler ones while none can be helped. */
function bestStep(search: Search): boolean {
  const { state, highest } = search;
  const { layer, planes, heights } = state;
  for (let rank = 0; rank < layer.ranks; rank++) {
    let height = 0;
    for (let at = rank * planes; at < (rank + 1) * planes; at++) height = Math.max(height, heights[at]!);
    highest[rank] = height;
  }
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

const LOOKS = 3;

function tryRank(search: Search, hot: number): void {
  const { state, trial, spareSlots } = search;
  const { layer, slotExpert, counts } = state;
  const isUniform = state.uniformPlanes === 1;
  let spares = 0;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    if (slotExpert[slot]! < layer.experts && counts[slotExpert[slot]!]! > 1) spareSlots[spares++] = slot;
  }
  for (let hotSlot = hot * layer.slots; hotSlot < (hot + 1) * layer.slots; hotSlot++) {
    const hotExpert = slotExpert[hotSlot]!;
    if (state.planes === 1 && isUniform) trySwapsInOnePlane(search, hotSlot);
    else {
      for (let slot = 0; slot < slotExpert.length; slot++) if (planSwap(state, hotSlot, slot, trial)) judge(search);
    }
    if (hotExpert === layer.experts) continue;
    if (state.planes === 1 && isUniform) tryCopiesInOnePlane(search, hotExpert, spares);
    else for (let i = 0; i < spares; i++) if (planReplace(state, spareSlots[i]!, hotExpert, trial)) judge(search);
    if (counts[hotExpert]! < 2) continue;
    for (let expert = 0; expert < layer.experts; expert++)
      if (planReplace(state, hotSlot, expert, trial)) judge(search);
  }
}

/** With one load a swap's gain takes a few operations, and hardly any needs a closer look. */
function trySwapsInOnePlane(search: Search, hotSlot: number): void {
  const { state, trial, limits } = search;
  const { layer, slotExpert, counts, weight, heights } = state;
  const { experts, slots, slowness } = layer;
  const hotExpert = slotExpert[hotSlot]!;
  if (hotExpert === experts) return;
  const hot = (hotSlot / slots) | 0;
  const unit = weight[hotExpert]! / counts[hotExpert]!;
  const over = heights[hot]! - limits.target;
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const other = slotExpert[slot]!;
    const moved = other === experts ? unit : unit - weight[other]! / counts[other]!;
    if (moved <= 0) continue;
    const rank = (slot / slots) | 0;
    const under = heights[rank]! - limits.target;
    const left = over - moved * slowness[hot]!;
    const risen = under + moved * slowness[rank]!;
    let gain = over * over;
    if (left > 0) gain -= left * left;
    if (under > 0) gain += under * under;
    if (risen > 0) gain -= risen * risen;
    if (gain <= search.bestGain * FREE || gain <= 0) continue;
    if (planSwap(state, hotSlot, slot, trial)) judge(search);
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
    if (planReplace(state, slot, expert, trial)) judge(search);
  }
}

function judge(search: Search): void {
  const { state, trial, best, limits, arrivals } = search;
  const cost = costOf(arrivals, trial);
  if (cost > 0 && arrivals.total + cost > limits.perLayer) return;
  const isRough = state.planes !== state.uniformPlanes && !isPlainSwap(state, trial);
  if (isRough && -roughExcessChange(state, trial, limits.target) <= search.bestGain * Math.max(cost, FREE) * ROUGHLY)
    return;
  const change = excessChange(state, trial, limits.target);
  if (change >= -1e-15) return;
  const gain = -change / Math.max(cost, FREE);
  if (gain <= search.bestGain || breaksRankBudget(arrivals, trial, limits.perRank)) return;
  search.bestGain = gain;
  copyMove(trial, best);
}

/** A move may gain so much less by the rough estimate and still be looked at closely. */
const ROUGHLY = 0.5;

/** What the gain of a change without moves is divided by. */
const FREE = 0.1;
