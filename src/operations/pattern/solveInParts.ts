import { availableParallelism } from 'node:os';
import { bundled, inThread } from '../../files/inThread.ts';
import {
  emptyPlacement,
  type Placement,
  type PlacementProblem,
  pickLayersOfLoad,
  place,
} from '../../placement/index.ts';

/** A problem whose layers have nothing to do with each other. */
export type LayerwiseProblem = Omit<
  PlacementProblem,
  'old' | 'slotBudget' | 'maxMoves' | 'targetPar' | 'firstLayer' | 'shouldStop'
> & { readonly slotsPerRank: number };

/**
 * Our own solver on as many processors as there are, each with some of the layers: the same bytes as on one.
 * @param worker the solver as a file that a thread can load; null: all in this thread
 * @throws PlacementError as the solver; the signal's reason when aborted
 */
export async function solveInParts(
  problem: LayerwiseProblem,
  signal: AbortSignal,
  worker = bundled('operations/pattern/solveWorker.js'),
): Promise<Placement> {
  signal.throwIfAborted();
  const { load, ranks, slotsPerRank } = problem;
  const numParts = Math.min(availableParallelism(), load.layers);
  if (worker === null || numParts === 1) return place(problem);
  const edges = Array.from({ length: numParts + 1 }, (_, part) => Math.round((part * load.layers) / numParts));
  const parts = edges.slice(1).map((to, part) => {
    const from = edges[part]!;
    return { ...problem, firstLayer: from, load: pickLayersOfLoad(load, range(from, to)) };
  });
  const solved = await Promise.all(parts.map((part) => inThread(worker, part, () => place(part).slotExpert, signal)));
  const whole = emptyPlacement(load.layers, ranks, load.experts, slotsPerRank);
  for (const [part, slots] of solved.entries()) whole.slotExpert.set(slots, whole.layerOffset[edges[part]!]!);
  return whole;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
