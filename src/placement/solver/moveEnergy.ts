import { applyMove, isPlainSwap, type Move, undoMove } from './moves.ts';
import type { ShareState } from './shareState.ts';

/** What a move would change in the sum of squared excess over `base`; the state is as before afterwards. */
export function excessChange(state: ShareState, move: Move, base: number): number {
  if (isPlainSwap(state, move)) return swapChange(state, move, base);
  if (move.size === 2 && move.slots === 1 && state.planes === state.uniformPlanes) {
    return replaceChange(state, move, base);
  }
  applyMove(state, move);
  let change = 0;
  for (let i = 0; i < state.touchedCount; i++) {
    const first = state.touched[i]! * state.planes;
    for (let at = first; at < first + state.planes; at++) {
      change += excess(state.heights[at]! - base) - excess(state.before[at]! - base);
    }
  }
  undoMove(state, move);
  return change;
}

function excess(height: number): number {
  return height > 0 ? height * height : 0;
}

function swapChange(state: ShareState, move: Move, base: number): number {
  const { layer, planes, weight, counts, heights } = state;
  const expertA = move.expert[0]!;
  const expertB = move.expert[1]!;
  const emptyA = expertA === layer.experts;
  const emptyB = expertB === layer.experts;
  const shareA = emptyA ? 0 : 1 / counts[expertA]!;
  const shareB = emptyB ? 0 : 1 / counts[expertB]!;
  const rankA = move.from[0]!;
  const rankB = move.from[1]!;
  const slowA = layer.slowness[rankA]!;
  const slowB = layer.slowness[rankB]!;
  const fromA = emptyA ? 0 : expertA * planes;
  const fromB = emptyB ? 0 : expertB * planes;
  let change = 0;
  for (let plane = 0; plane < planes; plane++) {
    const moved = weight[fromA + plane]! * shareA - weight[fromB + plane]! * shareB;
    const thenA = heights[rankA * planes + plane]! - base;
    const thenB = heights[rankB * planes + plane]! - base;
    change += excess(thenA - moved * slowA) - excess(thenA) + excess(thenB + moved * slowB) - excess(thenB);
  }
  return change;
}

/** One copy less of the first expert, one more of the second, under uniform split: every holder's height changes. */
function replaceChange(state: ShareState, move: Move, base: number): number {
  const { layer, planes, weight, counts, holders, held, heights } = state;
  const leaving = move.expert[0]!;
  const coming = move.expert[1]!;
  const rank = move.from[0]!;
  const leavingCount = counts[leaving]!;
  const comingCount = counts[coming]!;
  const more = 1 / (leavingCount - 1) - 1 / leavingCount;
  const less = 1 / (comingCount + 1) - 1 / comingCount;
  const fromLeaving = leaving * planes;
  const fromComing = coming * planes;
  const stride = layer.experts + 1;
  let change = 0;
  for (let plane = 0; plane < planes; plane++) {
    const leavingWeight = weight[fromLeaving + plane]!;
    const comingWeight = weight[fromComing + plane]!;
    const here = heights[rank * planes + plane]! - base;
    const hereAfter = comingWeight / (comingCount + 1) - leavingWeight / leavingCount;
    change += excess(here + hereAfter * layer.slowness[rank]!) - excess(here);
    for (let copy = leaving * layer.ranks; copy < leaving * layer.ranks + leavingCount; copy++) {
      const holder = holders[copy]!;
      if (holder === rank) continue;
      const height = heights[holder * planes + plane]! - base;
      const gain = leavingWeight * more + (held[holder * stride + coming] === 1 ? comingWeight * less : 0);
      change += excess(height + gain * layer.slowness[holder]!) - excess(height);
    }
    for (let copy = coming * layer.ranks; copy < coming * layer.ranks + comingCount; copy++) {
      const holder = holders[copy]!;
      if (held[holder * stride + leaving] === 1) continue;
      const height = heights[holder * planes + plane]! - base;
      change += excess(height + comingWeight * less * layer.slowness[holder]!) - excess(height);
    }
  }
  return change;
}
