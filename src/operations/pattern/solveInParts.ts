import { availableParallelism } from 'node:os';
import { bundled, inThread } from '../../files/inThread.ts';
import { emptyPlacement, type Load, type Placement, type PlacementProblem, place } from '../../placement/index.ts';

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
    return { ...problem, firstLayer: from, load: layersOf(load, from, to) };
  });
  const solved = await Promise.all(parts.map((part) => inThread(worker, part, () => place(part).slotExpert, signal)));
  const whole = emptyPlacement(load.layers, ranks, load.experts, slotsPerRank);
  for (const [part, slots] of solved.entries()) whole.slotExpert.set(slots, whole.layerOffset[edges[part]!]!);
  return whole;
}

function layersOf({ episodes, layers, experts, tokens }: Load, from: number, to: number): Load {
  const part = new Float64Array(episodes * (to - from) * experts);
  for (let episode = 0; episode < episodes; episode++)
    part.set(
      tokens.subarray((episode * layers + from) * experts, (episode * layers + to) * experts),
      episode * (to - from) * experts,
    );
  return { episodes, layers: to - from, experts, tokens: part };
}
