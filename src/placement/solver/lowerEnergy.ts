import type { Random } from '../random.ts';
import { applyMove, applySwap, createMove, isPlainSwap, type Move, proposeMove, undoMove } from './moves.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';
import { isTimeUp } from './timeLimit.ts';

/**
 * Random moves at hot ranks, kept when the energy doesn't rise. The energy is the sum over ranks and planes of the
 * fourth power of the excess over `base`: smooth, so that every hot rank counts, and steep, so that the hottest count most.
 * Returns the energy.
 */
export function lowerEnergy(state: ShareState, base: number, moves: number, random: Random): number {
  const move = createMove(state.layer.ranks);
  let energy = energyOf(state, base);
  for (let i = 0; i < moves && energy > 0; i++) {
    if (isTimeUp(state.layer, i)) break;
    if (!proposeMove(state, random, move)) continue;
    let change: number;
    if (isPlainSwap(state, move)) {
      change = swapChange(state, move, base);
      if (change <= 0) applySwap(state, move);
    } else {
      applyMove(state, move);
      change = energyChange(state, base);
      if (change > 0) undoMove(state, move);
    }
    if (change > 0) continue;
    energy += change;
    clearTouched(state);
  }
  refreshHeights(state);
  return energyOf(state, base);
}

function energyChange(state: ShareState, base: number): number {
  const { touched, touchedCount, planes, heights, before } = state;
  let change = 0;
  for (let i = 0; i < touchedCount; i++) {
    const first = touched[i]! * planes;
    for (let at = first; at < first + planes; at++) {
      change += fourthPower(heights[at]! - base) - fourthPower(before[at]! - base);
    }
  }
  return change;
}

function fourthPower(excess: number): number {
  return excess > 0 ? excess * excess * (excess * excess) : 0;
}

/** What a plain swap would change, without carrying it out: nearly all swaps are refused. */
function swapChange(state: ShareState, move: Move, base: number): number {
  const { layer, planes, weight, counts, heights } = state;
  const expertA = move.expert[0]!;
  const expertB = move.expert[1]!;
  const shareA = expertA === layer.experts ? 0 : 1 / counts[expertA]!;
  const shareB = expertB === layer.experts ? 0 : 1 / counts[expertB]!;
  const rankA = move.from[0]!;
  const rankB = move.from[1]!;
  const slowA = layer.slowness[rankA]!;
  const slowB = layer.slowness[rankB]!;
  const fromA = expertA === layer.experts ? 0 : expertA * planes;
  const fromB = expertB === layer.experts ? 0 : expertB * planes;
  let change = 0;
  for (let plane = 0; plane < planes; plane++) {
    const moved = weight[fromA + plane]! * shareA - weight[fromB + plane]! * shareB;
    const thenA = heights[rankA * planes + plane]! - base;
    const thenB = heights[rankB * planes + plane]! - base;
    const nowA = thenA - moved * slowA;
    const nowB = thenB + moved * slowB;
    change += fourthPower(nowA) - fourthPower(thenA) + fourthPower(nowB) - fourthPower(thenB);
  }
  return change;
}

export function energyOf(state: ShareState, base: number): number {
  let energy = 0;
  for (const height of state.heights) energy += fourthPower(height - base);
  return energy;
}
