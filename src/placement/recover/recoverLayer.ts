import { type Point, paretoFront } from '../solver/front.ts';
import { PlacementError } from '../types.ts';
import { COOLEST, lowerHottest } from './lowerHottest.ts';
import { type LayerState, type LostLayer, pointOf, put, riseOf, stateOf } from './recoverState.ts';

/** most steps of one layer */
const MOST_STEPS = 96;
/** PAR below which a loss is no time to move more */
const GOOD = 1.02;
/** PAR that a move must earn in its layer, as in the solver */
const MOVE_COST = 1e-4;

/** From what must move on: rising moves, falling PAR under uniform split. */
export type RecoveredLayer = readonly Point[];

/**
 * Places one layer on the survivors. Experts that nobody holds, heaviest first, take empty slots or those of second
 * copies; then the hottest rank is relieved step by step, by another copy of one of its experts elsewhere (one move), by
 * a lighter expert in place of a copy that it holds (one) or by an exchange (two). A step is taken where it lowers the
 * sum of squared rank loads most for its moves; ties go to the lowest slot.
 */
export function recoverLayer(problem: LostLayer): RecoveredLayer {
  const state = stateOf(problem);
  enterMissing(state);
  const points: Point[] = [pointOf(state)];
  const most = state.moves + problem.spare;
  for (let step = 0; step < MOST_STEPS && state.moves < most && points.at(-1)!.par > GOOD; step++) {
    if (!lowerHottest(state)) break;
    points.push(pointOf(state));
  }
  const { perLayer } = problem;
  const front = paretoFront(points.filter(({ moves }) => moves <= perLayer));
  if (front.length > 0) return worthTheirMoves(front);
  throw new PlacementError(
    'infeasible',
    `layer ${problem.layer}: ${points[0]!.moves} experts must be loaded, ${perLayer} may move`,
  );
}

function worthTheirMoves(front: readonly Point[]): readonly Point[] {
  let last = 0;
  const price = ({ par, moves }: Point) => par + MOVE_COST * moves;
  for (let i = 1; i < front.length; i++) if (price(front[i]!) < price(front[last]!)) last = i;
  return front.slice(0, last + 1);
}

function enterMissing(state: LayerState): void {
  const { counts, problem } = state;
  const missing = Array.from(counts.keys()).filter((expert) => counts[expert] === 0);
  missing.sort((a, b) => problem.tokens[b]! - problem.tokens[a]! || a - b);
  for (const expert of missing) {
    const slot = bestSlot(state, expert);
    if (slot < 0) throw noRoom(state, expert);
    put(state, slot, expert);
  }
}

/** On one of the coolest ranks that have a slot to give; -1: none has. */
function bestSlot(state: LayerState, expert: number): number {
  const { alive, load, arrivals, width, slots, counts, problem } = state;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let looked = 0;
  for (const rank of alive.toSorted((a, b) => load[a]! - load[b]! || a - b)) {
    if (arrivals[rank]! >= problem.perRank) continue;
    let has = false;
    for (let slot = rank * width; slot < (rank + 1) * width; slot++) {
      const gone = slots[slot]!;
      if (gone >= 0 && counts[gone]! < 2) continue;
      has = true;
      const rise = riseOf(state, slot, expert);
      if (rise >= least) continue;
      least = rise;
      best = slot;
    }
    if (has && ++looked === COOLEST) break;
  }
  return best;
}

function noRoom({ alive, width, experts, problem }: LayerState, expert: number): PlacementError {
  const room = alive.length * width;
  const why =
    room < experts
      ? `${room} slots of ${alive.length} ranks can't hold ${experts} experts; give the survivors more slots`
      : `no rank may take expert ${expert}; let more experts move per rank`;
  return new PlacementError('infeasible', `layer ${problem.layer}: ${why}`);
}
