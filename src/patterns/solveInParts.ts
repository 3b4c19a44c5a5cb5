import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { emptyPlacement, type Load, type Placement, type PlacementProblem, place } from '../placement/index.ts';

/** A problem whose layers have nothing to do with each other. */
export type LayerwiseProblem = Omit<
  PlacementProblem,
  'old' | 'slotBudget' | 'maxMoves' | 'targetPar' | 'firstLayer' | 'shouldStop'
> & { readonly slotsPerRank: number };

/**
 * Our own solver on as many processors as there are, each with some of the layers: the same bytes as on one.
 * @throws PlacementError as the solver; the signal's reason when aborted
 */
export async function solveInParts(problem: LayerwiseProblem, signal: AbortSignal): Promise<Placement> {
  signal.throwIfAborted();
  const { load, ranks, slotsPerRank } = problem;
  const worker = workerFile();
  const numParts = Math.min(availableParallelism(), load.layers);
  if (worker === null || numParts === 1) return place(problem);
  const edges = Array.from({ length: numParts + 1 }, (_, part) => Math.round((part * load.layers) / numParts));
  const parts = edges.slice(1).map((to, part) => {
    const from = edges[part]!;
    return { ...problem, firstLayer: from, load: layersOf(load, from, to) };
  });
  const solved = await Promise.all(parts.map((part) => solvePart(worker, part, signal)));
  const whole = emptyPlacement(load.layers, ranks, load.experts, slotsPerRank);
  for (const [part, slots] of solved.entries()) whole.slotExpert.set(slots, whole.layerOffset[edges[part]!]!);
  return whole;
}

/** Of this package: there in the bundle, not when it is run from its sources. */
function workerFile(): string | null {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'dist/patterns/solveWorker.js');
    if (existsSync(join(folder, 'package.json'))) return existsSync(file) ? file : null;
    if (folder === dirname(folder)) return null;
  }
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

async function solvePart(file: string, part: PlacementProblem, signal: AbortSignal): Promise<Int32Array> {
  const worker = new Worker(file, { workerData: part });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      // an error loses its class on its way: solved here, it is thrown as it is
      worker.once('error', () => {
        try {
          resolve(place(part).slotExpert);
        } catch (error) {
          reject(error);
        }
      });
      worker.once('exit', () => reject(signal.reason ?? new Error('a solver ended without an answer')));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
