import type { Random } from '../random.ts';
import { type Arrivals, arrivalsAdded, isArrival, noteMove } from './arrivals.ts';
import { excessChange } from './moveEnergy.ts';
import { applyMove, createMove, planReplace, planSwap } from './moves.ts';
import { clearTouched, refreshHeights, type ShareState } from './shareState.ts';
import { isTimeUp } from './timeLimit.ts';

/** How many tries back a worse energy may lie. */
const MEMORY = 200;

/**
 * Lowers the squared excess over `target`, and the number of arrivals, without adding any: random swaps and
 * replacements of experts that have moved already, under late acceptance. Two arrivals that change places cost
 * nothing, so with some dozens of them there is much to gain before another expert has to move. Once the target is
 * met it goes on to take arrivals back.
 */
export function retract(state: ShareState, arrivals: Arrivals, target: number, tries: number, random: Random): void {
  const { layer, slotExpert } = state;
  const move = createMove(layer.ranks);
  const moved = findMoved(state, arrivals);
  let energy = totalExcess(state, target);
  const history = new Float64Array(MEMORY).fill(energy);
  for (let i = 0; i < tries && moved.size > 0; i++) {
    if (isTimeUp(layer, i)) break;
    const slot = moved.slots[random.below(moved.size)]!;
    const kind = random.below(8);
    const other = kind < 4 ? moved.slots[random.below(moved.size)]! : random.below(slotExpert.length);
    const planned =
      kind === 7 ? planReplace(state, slot, random.below(layer.experts), move) : planSwap(state, slot, other, move);
    if (!planned || arrivalsAdded(arrivals, move) > 0) continue;
    const changed = energy + excessChange(state, move, target);
    const at = i % MEMORY;
    if (changed > energy && changed > history[at]!) continue;
    energy = changed;
    if (energy < history[at]!) history[at] = energy;
    applyMove(state, move);
    clearTouched(state);
    noteMove(arrivals, move);
    for (let k = 0; k < move.slots; k++) updateMoved(state, arrivals, moved, move.slot[k]!);
  }
  refreshHeights(state);
}

function totalExcess(state: ShareState, target: number): number {
  let energy = 0;
  for (const height of state.heights) if (height > target) energy += (height - target) * (height - target);
  return energy;
}

/** The slots whose expert has moved, in no order, and where each stands among them. */
interface Moved {
  size: number;
  readonly slots: Int32Array;
  /** [slot], -1 for one whose expert was there before */
  readonly position: Int32Array;
}

function findMoved(state: ShareState, arrivals: Arrivals): Moved {
  const { length } = state.slotExpert;
  const moved: Moved = { size: 0, slots: new Int32Array(length), position: new Int32Array(length).fill(-1) };
  for (let slot = 0; slot < length; slot++) updateMoved(state, arrivals, moved, slot);
  return moved;
}

function updateMoved(state: ShareState, arrivals: Arrivals, moved: Moved, slot: number): void {
  const has = isArrival(arrivals, (slot / state.layer.slots) | 0, state.slotExpert[slot]!);
  const at = moved.position[slot]!;
  if (has === at >= 0) return;
  if (has) {
    moved.position[slot] = moved.size;
    moved.slots[moved.size++] = slot;
    return;
  }
  const last = moved.slots[--moved.size]!;
  moved.slots[at] = last;
  moved.position[last] = at;
  moved.position[slot] = -1;
}
