import { type Arrivals, costOf, isArrival, noteMove } from './arrivals.ts';
import { excessChange } from './moveEnergy.ts';
import { applyMove, createMove, planReplace, planSwap } from './moves.ts';
import type { Random } from './random.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';

/**
 * Takes arrivals back while no rank rises above `target`: random swaps and replacements of experts that have moved,
 * kept when they don't add arrivals. Those that change nothing in number open the way for others.
 * Returns whether arrivals became fewer.
 */
export function retract(state: ShareState, arrivals: Arrivals, target: number, tries: number, random: Random): boolean {
  const { layer, slotExpert } = state;
  const move = createMove(layer.ranks);
  const before = arrivals.total;
  let moved = movedSlots(state, arrivals);
  for (let i = 0; i < tries && moved.length > 0; i++) {
    const slot = moved[random.below(moved.length)]!;
    const planned =
      random.below(4) === 0
        ? planReplace(state, slot, random.below(layer.experts), move)
        : planSwap(
            state,
            slot,
            random.below(2) === 0 ? moved[random.below(moved.length)]! : random.below(slotExpert.length),
            move,
          );
    if (!planned) continue;
    const cost = costOf(arrivals, move);
    if (cost > 0 || excessChange(state, move, target) > 0) continue;
    applyMove(state, move);
    clearTouched(state);
    noteMove(arrivals, move);
    moved = movedSlots(state, arrivals);
  }
  refreshHeights(state);
  return arrivals.total < before;
}

function movedSlots(state: ShareState, arrivals: Arrivals): number[] {
  const { layer, slotExpert } = state;
  const moved: number[] = [];
  for (let slot = 0; slot < slotExpert.length; slot++) {
    if (isArrival(arrivals, (slot / layer.slots) | 0, slotExpert[slot]!)) moved.push(slot);
  }
  return moved;
}
