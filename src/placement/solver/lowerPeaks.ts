import type { Random } from '../random.ts';
import type { Objective } from '../types.ts';
import { applyMove, applySwap, createMove, isPlainSwap, type Move, planReplace, planSwap, undoMove } from './moves.ts';
import { createPeaks, findHottest, mostFallOf, type Peaks, updateHottest } from './peaks.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';
import { isTimeUp } from './timeLimit.ts';

/** What sums in another order may differ by. */
const ROUNDING = 1e-9;

/**
 * Descends on the objective itself, the peaks of the episodes, where `lowerEnergy` descends on a smooth stand-in. Only
 * a move at the hottest rank of some plane can help, so only those are tried. The three hottest ranks of every plane
 * are known, which tells a swap's new peaks without looking at the other ranks. Returns the objective.
 */
export function lowerPeaks(
  state: ShareState,
  objective: Objective,
  target: number,
  moves: number,
  random: Random,
): number {
  const move = createMove(state.layer.ranks);
  const peaks = createPeaks(state);
  findHottest(state, peaks);
  let best = peakValue(state, peaks, objective, peaks.highest);
  const isMean = objective === 'mean' && state.planes === state.layer.episodes;
  for (let i = 0; i < moves && best > target; i++) {
    if (isTimeUp(state.layer, i)) break;
    if (!proposeAtPeak(state, peaks, random, move)) continue;
    const swap = isPlainSwap(state, move);
    if (swap) {
      if (!peaksAfterSwap(state, peaks, move, isMean)) continue;
    } else {
      applyMove(state, move);
      peaksNow(state, peaks.trial);
    }
    const value = peakValue(state, peaks, objective, peaks.trial);
    if (value < best - 1e-12) {
      best = value;
      if (swap) applySwap(state, move);
      updateHottest(state, peaks);
      clearTouched(state);
    } else if (!swap) undoMove(state, move);
  }
  refreshHeights(state);
  peaksNow(state, peaks.trial);
  return peakValue(state, peaks, objective, peaks.trial);
}

/** The objective of the placement in `state`, summed anew. */
export function objectiveOfState(state: ShareState, objective: Objective): number {
  const peaks = createPeaks(state);
  peaksNow(state, peaks.trial);
  return peakValue(state, peaks, objective, peaks.trial);
}

function proposeAtPeak(state: ShareState, peaks: Peaks, random: Random, move: Move): boolean {
  const { layer, slotExpert } = state;
  const plane = random.below(state.planes);
  const hot = peaks.hottest[plane * 3]!;
  const hotSlot = hot * layer.slots + random.below(layer.slots);
  const otherSlot = random.below(slotExpert.length);
  if (state.keepsCounts || random.below(8) < 6) {
    return cools(state, plane, peaks.highest[plane]!, hotSlot, otherSlot) && planSwap(state, hotSlot, otherSlot, move);
  }
  const hotExpert = slotExpert[hotSlot]!;
  if (random.below(2) === 0) return hotExpert < layer.experts && planReplace(state, otherSlot, hotExpert, move);
  return planReplace(state, hotSlot, random.below(layer.experts), move);
}

/** Whether the exchange takes load off the hottest rank of the plane, and doesn't make another one as hot: most don't. */
export function cools(state: ShareState, plane: number, highest: number, hotSlot: number, otherSlot: number): boolean {
  if (plane >= state.uniformPlanes) return true;
  const { layer, planes, slotExpert, weight, counts, heights } = state;
  const hot = slotExpert[hotSlot]!;
  if (hot === layer.experts) return false;
  const other = slotExpert[otherSlot]!;
  let moved = weight[hot * planes + plane]! / counts[hot]!;
  if (other < layer.experts) moved -= weight[other * planes + plane]! / counts[other]!;
  if (moved <= 0) return false;
  const rank = (otherSlot / layer.slots) | 0;
  return heights[rank * planes + plane]! + moved * layer.slowness[rank]! < highest;
}

/** false as soon as the sum of peaks can't fall any more, where only that sum counts */
export function peaksAfterSwap(state: ShareState, peaks: Peaks, move: Move, isMean: boolean, slack = 0): boolean {
  let rise = 0;
  const { layer, planes, weight, counts, heights } = state;
  const expertA = move.expert[0]!;
  const expertB = move.expert[1]!;
  const rankA = move.from[0]!;
  const rankB = move.from[1]!;
  const emptyA = expertA === layer.experts;
  const emptyB = expertB === layer.experts;
  const shareA = emptyA ? 0 : 1 / counts[expertA]!;
  const shareB = emptyB ? 0 : 1 / counts[expertB]!;
  const slowA = layer.slowness[rankA]!;
  const slowB = layer.slowness[rankB]!;
  const fromA = emptyA ? 0 : expertA * planes;
  const fromB = emptyB ? 0 : expertB * planes;
  let hope = peaks.mostFall[rankA]! + peaks.mostFall[rankB]!;
  for (let plane = 0; plane < planes; plane++) {
    const moved = weight[fromA + plane]! * shareA - weight[fromB + plane]! * shareB;
    const heightA = heights[rankA * planes + plane]! - moved * slowA;
    const heightB = heights[rankB * planes + plane]! + moved * slowB;
    let peak = Math.max(heightA, heightB);
    for (let i = plane * 3; i < plane * 3 + 3; i++) {
      const rank = peaks.hottest[i]!;
      if (rank < 0) break;
      if (rank === rankA || rank === rankB) continue;
      peak = Math.max(peak, heights[rank * planes + plane]!);
      break;
    }
    peaks.trial[plane] = peak;
    rise += Math.max(1, peak) - Math.max(1, peaks.highest[plane]!);
    if (!isMean) continue;
    const first = peaks.hottest[plane * 3]!;
    if (first === rankA || first === rankB) hope -= mostFallOf(state, peaks, plane);
    if (rise >= hope + ROUNDING + slack) return false;
  }
  return true;
}

function peaksNow(state: ShareState, peaks: Float64Array): void {
  const { planes, heights } = state;
  peaks.fill(0);
  for (let at = 0; at < heights.length; at += planes) {
    for (let plane = 0; plane < planes; plane++) {
      if (heights[at + plane]! > peaks[plane]!) peaks[plane] = heights[at + plane]!;
    }
  }
}

/** An episode counts with the worse of its planes. Ties of `max` and quantiles are decided by the mean. */
export function peakValue(state: ShareState, peaks: Peaks, objective: Objective, heights: Float64Array): number {
  const { episodes } = peaks;
  let sum = 0;
  for (let episode = 0; episode < episodes.length; episode++) {
    let peak = 1;
    for (let plane = episode; plane < state.planes; plane += episodes.length) peak = Math.max(peak, heights[plane]!);
    episodes[episode] = peak;
    sum += peak;
  }
  const mean = sum / episodes.length;
  if (objective === 'mean') return mean;
  episodes.sort();
  const at = objective === 'max' ? episodes.length - 1 : Math.ceil(objective.quantile * episodes.length) - 1;
  return episodes[at]! + mean * 1e-3;
}
