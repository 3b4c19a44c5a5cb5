import type { Random } from '../random.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { energyOf, lowerEnergy } from './lowerEnergy.ts';
import { excessChange } from './moveEnergy.ts';
import { applyMove, copyMove, createMove, planReplace, planSwap } from './moves.ts';
import { clearTouched, createShareState, emptied, type Planes, type ShareState, setPlacement } from './shareState.ts';

/**
 * Spreads the copies of experts that stand on one host only: one of them is exchanged with the expert elsewhere whose
 * coming costs the balance least; where none can come, a further copy takes the place of one that is to spare. Then the
 * balance is mended by moves that keep every expert covered.
 */
export function coverHosts(
  layer: Layer,
  kind: Planes,
  slots: LayerSlots,
  { bound, moves }: { readonly bound: number; readonly moves: number },
  random: Random,
): LayerSlots {
  const state = createShareState(layer, kind);
  setPlacement(state, slots);
  for (let expert = 0; expert < layer.experts; expert++) if (standsAlone(state, expert)) spread(state, expert);
  if (energyOf(state, bound) > 0) lowerEnergy(state, bound, moves, random);
  return emptied(state);
}

function standsAlone(state: ShareState, expert: number): boolean {
  const { layer, counts, holders } = state;
  if (counts[expert]! < 2) return false;
  const first = expert * layer.ranks;
  const last = first + counts[expert]! - 1;
  return Math.floor(holders[first]! / layer.ranksPerHost) === Math.floor(holders[last]! / layer.ranksPerHost);
}

/** No move may leave another expert alone: `planSwap` and `planReplace` refuse those that would. */
function spread(state: ShareState, expert: number): void {
  const { layer, slotExpert, holders } = state;
  const host = Math.floor(holders[expert * layer.ranks]! / layer.ranksPerHost);
  const perHost = layer.ranksPerHost * layer.slots;
  const trial = createMove(layer.ranks);
  const best = createMove(layer.ranks);
  let least = Number.POSITIVE_INFINITY;
  const weigh = () => {
    const change = excessChange(state, trial, 1);
    if (change >= least) return;
    least = change;
    copyMove(trial, best);
  };
  for (let own = host * perHost; own < Math.min(slotExpert.length, (host + 1) * perHost); own++) {
    if (slotExpert[own] !== expert) continue;
    for (let other = 0; other < slotExpert.length; other++) {
      if (Math.floor(other / perHost) !== host && planSwap(state, own, other, trial)) weigh();
    }
  }
  const nowhere = least === Number.POSITIVE_INFINITY;
  for (let other = 0; nowhere && other < slotExpert.length; other++) {
    if (Math.floor(other / perHost) !== host && planReplace(state, other, expert, trial)) weigh();
  }
  if (least === Number.POSITIVE_INFINITY) return;
  applyMove(state, best);
  clearTouched(state);
}
