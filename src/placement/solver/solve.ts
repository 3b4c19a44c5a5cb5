import type { Placement, PlacementProblem, Report } from '../model.ts';
import { checkProblem, type Task } from './checkProblem.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { normaliseLayer } from './normalise.ts';
import { layerSeed } from './random.ts';
import { describe } from './report.ts';
import { type LayerResult, type Scratch, solveLayer } from './solveLayer.ts';

/** Our own solver. The same problem and seed give the same bytes on every machine. */
export function solve(problem: PlacementProblem): { placement: Placement; report: Report } {
  const task = checkProblem(problem);
  const layers: Layer[] = [];
  const results: LayerResult[] = [];
  const scratch: Scratch = { shape: '', work: undefined };
  for (let index = 0; index < problem.load.layers; index++) {
    const layer = layerOf(task, index, task.slotsPerRank[index]!);
    layers.push(layer);
    results.push(solveLayer(layer, task, layerSeed(task.seed, index), scratch));
  }
  const placement = assemble(
    task,
    results.map((result) => result.slots),
  );
  return { placement, report: describe(task, layers, placement, results) };
}

export function layerOf(task: Task, index: number, slots: number): Layer {
  const { load, ranks, capability } = task.problem;
  const tokens = new Float64Array(load.episodes * load.experts);
  for (let episode = 0; episode < load.episodes; episode++) {
    const first = (episode * load.layers + index) * load.experts;
    tokens.set(load.tokens.subarray(first, first + load.experts), episode * load.experts);
  }
  const { ranksPerHost, maxReplicas } = task;
  return normaliseLayer(
    { experts: load.experts, ranks, slots, ranksPerHost, maxCopies: maxReplicas, capability },
    tokens,
  );
}

/** Layer slots may be fewer than the placement's: a rank holds no expert twice, so the rest stays empty. */
function assemble(task: Task, layers: readonly LayerSlots[]): Placement {
  const { ranks, load } = task.problem;
  const slotsPerRank = task.slotsPerRank;
  const layerOffset = new Int32Array(load.layers + 1);
  for (let index = 0; index < load.layers; index++) {
    layerOffset[index + 1] = layerOffset[index]! + slotsPerRank[index]! * ranks;
  }
  const slotExpert = new Int32Array(layerOffset[load.layers]!).fill(-1);
  for (let index = 0; index < load.layers; index++) {
    const slots = layers[index]!;
    const inner = slots.length / ranks;
    for (let rank = 0; rank < ranks; rank++) {
      const row = slots.slice(rank * inner, (rank + 1) * inner).sort();
      const at = layerOffset[index]! + rank * slotsPerRank[index]!;
      let next = at;
      for (const expert of row) if (expert >= 0) slotExpert[next++] = expert;
    }
  }
  return { layers: load.layers, ranks, experts: load.experts, slotsPerRank, layerOffset, slotExpert };
}
