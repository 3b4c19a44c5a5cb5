import type { Random } from '../random.ts';
import { noteMove } from './arrivals.ts';
import type { FewMovesRequest } from './fewMovesRequest.ts';
import type { Point } from './front.ts';
import type { LayerSlots } from './layer.ts';
import { objectiveOfState } from './lowerPeaks.ts';
import { applyMove } from './moves.ts';
import { bestStep, createSearch, type RepairLimits } from './repairStep.ts';
import { retract } from './retract.ts';
import { clearTouched, emptied, type ShareState, setPlacement } from './shareState.ts';

/**
 * Greedy repair: step by step the swap or replacement at the hottest rank that lowers the squared excess over the
 * target most per expert moved; an expert that goes back to where it was costs nothing. `origin` is [rank][expert],
 * 1 where the old placement holds the expert. Returns a point for every step that lowered the objective.
 */
export function repair(
  state: ShareState,
  start: LayerSlots,
  { origin, objective }: Pick<FewMovesRequest, 'origin' | 'objective'>,
  limits: RepairLimits,
  random: Random,
): Point[] {
  setPlacement(state, start);
  const search = createSearch(state, origin, limits);
  const { arrivals } = search;
  let best = objectiveOfState(state, objective);
  const points: Point[] = [];
  const record = () => {
    if (arrivals.total > limits.perLayer || arrivals.onRank.some((count) => count > limits.perRank)) return;
    points.push({ moves: arrivals.total, par: best, slots: emptied(state) });
  };
  record();
  for (let step = 0; step < limits.steps && best > limits.target && !state.layer.shouldStop(); step++) {
    if (!bestStep(search)) break;
    applyMove(state, search.best);
    clearTouched(state);
    noteMove(arrivals, search.best);
    retract(state, arrivals, limits.target, limits.polish, random);
    const par = objectiveOfState(state, objective);
    if (par >= best - 1e-12) continue;
    best = par;
    record();
  }
  if (best <= limits.target) {
    retract(state, arrivals, limits.target, limits.retractions, random);
    best = objectiveOfState(state, objective);
    record();
  }
  return points;
}
