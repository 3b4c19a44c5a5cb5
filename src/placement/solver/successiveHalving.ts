import type { Random } from '../random.ts';
import type { LayerSlots } from './layer.ts';
import { energyOf, lowerEnergy } from './lowerEnergy.ts';
import { type ShareState, setPlacement } from './shareState.ts';

/** share of all moves that one round may cost */
const ROUND = 0.2;

interface Halving {
  /** of the energy */
  readonly base: number;
  /** of all rounds together */
  readonly moves: number;
  /** candidates of the first round */
  readonly most: number;
}

/**
 * Successive halving over starting placements: each round improves the ones left by a share of the moves and keeps
 * the better half, so that most of the effort goes to the start that turns out best. Only the `most` best at the
 * beginning take part. Leaves the winner in `state`.
 */
export function halveCandidates(
  state: ShareState,
  starts: readonly LayerSlots[],
  { base, moves, most }: Halving,
  random: Random,
): void {
  let candidates = starts.map((slots, order) => {
    setPlacement(state, slots);
    return { slots, order, energy: energyOf(state, base) };
  });
  candidates = bestOf(candidates, most);
  let left = moves;
  while (candidates.length > 1) {
    const share = Math.floor((moves * ROUND) / candidates.length);
    for (const candidate of candidates) {
      setPlacement(state, candidate.slots);
      candidate.energy = lowerEnergy(state, base, share, random);
      candidate.slots = state.slotExpert.slice();
      left -= share;
    }
    candidates = bestOf(candidates, candidates.length >> 1);
  }
  setPlacement(state, candidates[0]!.slots);
  lowerEnergy(state, base, Math.max(0, left), random);
}

interface Candidate {
  slots: LayerSlots;
  readonly order: number;
  energy: number;
}

function bestOf(candidates: readonly Candidate[], count: number): Candidate[] {
  return [...candidates].sort((a, b) => a.energy - b.energy || a.order - b.order).slice(0, count);
}
