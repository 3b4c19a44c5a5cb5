import type { Random } from '../random.ts';
import type { Objective } from '../types.ts';
import { cools, peaksAfterSwap, peakValue } from './lowerPeaks.ts';
import { applySwap, createMove, planSwap } from './moves.ts';
import { createPeaks, findHottest, updateHottest } from './peaks.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';
import { isTimeUp } from './timeLimit.ts';

/** a rise of the objective that is accepted at the beginning, and the share of the moves after which none is */
const THRESHOLD = 0.0015;
const COOLING = 0.9;

interface BurstGoal {
  readonly objective: Objective;
  readonly target: number;
  readonly price: number;
  readonly moves: number;
}

/**
 * Lowers the peaks of episodes that don't repeat, and keeps the usual loads balanced meanwhile. Flares to come strike
 * at random, so what counts for them is that no rank is usually hot: `price` is in PAR for the squared excess of
 * a rank's usual load over the mean. It makes the peaks fall by exchanges of experts with nearly the same usual load,
 * which cost little, so only those are tried. Small rises are accepted at first (threshold accepting). For uniform
 * split; counts stay.
 */
export function lowerBursts(
  state: ShareState,
  usual: Float64Array,
  { objective, target, price, moves }: BurstGoal,
  random: Random,
): void {
  const { layer, slotExpert } = state;
  const { slots, slowness } = layer;
  const { unit, usualHeight, order, place } = layOut(state, usual);
  const reach = order.length >> 3;
  const move = createMove(layer.ranks);
  const peaks = createPeaks(state);
  findHottest(state, peaks);
  const isMean = objective === 'mean';
  let value = peakValue(state, peaks, objective, peaks.highest);
  for (let i = 0; i < moves && value > target; i++) {
    if (isTimeUp(layer, i)) break;
    const plane = random.below(state.planes);
    const hot = peaks.hottest[plane * 3]!;
    const hotSlot = hot * slots + random.below(slots);
    const at = place[hotSlot]! + random.below(2 * reach + 1) - reach;
    if (at < 0 || at >= order.length) continue;
    const otherSlot = order[at]!;
    if (!cools(state, plane, peaks.highest[plane]!, hotSlot, otherSlot)) continue;
    if (!planSwap(state, hotSlot, otherSlot, move)) continue;
    const other = (otherSlot / slots) | 0;
    const moved = unit[slotExpert[hotSlot]!]! - unit[slotExpert[otherSlot]!]!;
    const hotUsual = usualHeight[hot]! - moved * slowness[hot]!;
    const otherUsual = usualHeight[other]! + moved * slowness[other]!;
    const dearer = excess(hotUsual) + excess(otherUsual) - excess(usualHeight[hot]!) - excess(usualHeight[other]!);
    const allowed = Math.max(0, THRESHOLD * (1 - i / (moves * COOLING))) - price * dearer;
    if (!peaksAfterSwap(state, peaks, move, isMean, allowed * state.planes)) continue;
    const then = peakValue(state, peaks, objective, peaks.trial);
    if (then >= value + allowed - 1e-12) continue;
    value = then;
    applySwap(state, move);
    updateHottest(state, peaks);
    clearTouched(state);
    usualHeight[hot] = hotUsual;
    usualHeight[other] = otherUsual;
    order[at] = hotSlot;
    order[place[hotSlot]!] = otherSlot;
    place[otherSlot] = place[hotSlot]!;
    place[hotSlot] = at;
  }
  refreshHeights(state);
}

function excess(usualHeight: number): number {
  return usualHeight > 1 ? (usualHeight - 1) * (usualHeight - 1) : 0;
}

interface LayOut {
  /** [expert + 1], the usual load of a copy */
  readonly unit: Float64Array;
  /** [rank], the usual load */
  readonly usualHeight: Float64Array;
  /** slots by rising usual load of what they hold, and where a slot is in that order */
  readonly order: Int32Array;
  readonly place: Int32Array;
}

function layOut(state: ShareState, usual: Float64Array): LayOut {
  const { layer, slotExpert, counts } = state;
  const unit = new Float64Array(layer.experts + 1);
  for (let expert = 0; expert < layer.experts; expert++) unit[expert] = usual[expert]! / counts[expert]!;
  const usualHeight = new Float64Array(layer.ranks);
  for (let slot = 0; slot < slotExpert.length; slot++) {
    const rank = (slot / layer.slots) | 0;
    usualHeight[rank] = usualHeight[rank]! + unit[slotExpert[slot]!]! * layer.slowness[rank]!;
  }
  const order = Int32Array.from(slotExpert.keys());
  order.sort((a, b) => unit[slotExpert[a]!]! - unit[slotExpert[b]!]! || a - b);
  const place = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) place[order[at]!] = at;
  return { unit, usualHeight, order, place };
}
