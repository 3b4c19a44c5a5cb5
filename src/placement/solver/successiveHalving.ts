import type { Random } from '../random.ts';
import type { LayerSlots } from './layer.ts';
import { energyOf, lowerEnergy } from './lowerEnergy.ts';
import { loadSlots, type ShareState } from './shareState.ts';

/** share of all moves that one round may cost */
const ROUND = 0.2;

/**
 * Successive halving over starting placements: each round improves the ones left by a share of the moves and keeps
 * the better half, so that most of the effort goes to the start that turns out best. Only the `field` best at the
 * beginning take part. Leaves the winner in `state`.
 */
export function race(
  state: ShareState,
  starts: readonly LayerSlots[],
  base: number,
  moves: number,
  field: number,
  random: Random,
): void {
  let runners = starts.map((slots, order) => {
    loadSlots(state, slots);
    return { slots, order, energy: energyOf(state, base) };
  });
  runners = fittest(runners, field);
  let left = moves;
  while (runners.length > 1) {
    const share = Math.floor((moves * ROUND) / runners.length);
    for (const runner of runners) {
      loadSlots(state, runner.slots);
      runner.energy = lowerEnergy(state, base, share, random);
      runner.slots = state.slotExpert.slice();
      left -= share;
    }
    runners = fittest(runners, runners.length >> 1);
  }
  loadSlots(state, runners[0]!.slots);
  lowerEnergy(state, base, Math.max(0, left), random);
}

interface Runner {
  slots: LayerSlots;
  readonly order: number;
  energy: number;
}

function fittest(runners: readonly Runner[], count: number): Runner[] {
  return [...runners].sort((a, b) => a.energy - b.energy || a.order - b.order).slice(0, count);
}
