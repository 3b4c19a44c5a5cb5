import { applyMove, createMove, isPlainSwap, type Move, proposeMove, undoMove } from './moves.ts';
import type { Random } from './random.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';

/**
 * Late-acceptance search on the energy: a move stays when the energy is not above what it is now, or was some moves
 * ago. Unlike annealing it knows no temperature, so loads of all scales need the same parameters, and no exponential,
 * so every machine decides the same. The energy is the sum over ranks and planes of (excess over `base`)^power.
 */
export function lowerEnergy(
  state: ShareState,
  base: number,
  power: 2 | 4,
  moves: number,
  memory: number,
  random: Random,
): number {
  const move = createMove(state.layer.ranks);
  let energy = energyOf(state, base, power);
  const history = new Float64Array(Math.max(1, memory)).fill(energy);
  for (let i = 0; i < moves && energy > 0; i++) {
    if (!proposeMove(state, random, move)) continue;
    const at = i % history.length;
    const limit = Math.max(energy, history[at]!);
    let changed: number;
    if (isPlainSwap(state, move)) {
      changed = energy + swapChange(state, move, base, power);
      if (changed <= limit) applyMove(state, move);
    } else {
      applyMove(state, move);
      changed = energy + energyChange(state, base, power);
      if (changed > limit) undoMove(state, move);
    }
    if (changed <= limit) {
      energy = changed;
      clearTouched(state);
    }
    if (energy < history[at]!) history[at] = energy;
  }
  refreshHeights(state);
  return energyOf(state, base, power);
}

function energyChange(state: ShareState, base: number, power: 2 | 4): number {
  const { touched, touchedCount, planes, heights, before } = state;
  let change = 0;
  for (let i = 0; i < touchedCount; i++) {
    const first = touched[i]! * planes;
    for (let at = first; at < first + planes; at++) {
      const now = heights[at]! - base;
      const then = before[at]! - base;
      if (now > 0) change += power === 2 ? now * now : now * now * (now * now);
      if (then > 0) change -= power === 2 ? then * then : then * then * (then * then);
    }
  }
  return change;
}

/** What a plain swap would change, without carrying it out: nearly all swaps are refused. */
function swapChange(state: ShareState, move: Move, base: number, power: 2 | 4): number {
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
    if (power === 2) {
      if (nowA > 0) change += nowA * nowA;
      if (nowB > 0) change += nowB * nowB;
      if (thenA > 0) change -= thenA * thenA;
      if (thenB > 0) change -= thenB * thenB;
    } else {
      if (nowA > 0) change += nowA * nowA * (nowA * nowA);
      if (nowB > 0) change += nowB * nowB * (nowB * nowB);
      if (thenA > 0) change -= thenA * thenA * (thenA * thenA);
      if (thenB > 0) change -= thenB * thenB * (thenB * thenB);
    }
  }
  return change;
}

export function energyOf(state: ShareState, base: number, power: 2 | 4): number {
  let energy = 0;
  for (const height of state.heights) {
    const excess = height - base;
    if (excess > 0) energy += power === 2 ? excess * excess : excess * excess * (excess * excess);
  }
  return energy;
}
