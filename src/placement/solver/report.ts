import { basePlacement, layerSlots } from '../slots.ts';
import type { Placement, Report } from '../types.ts';
import type { Task } from './checkProblem.ts';
import { countAlone } from './countAlone.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { layerBound } from './lowerBound.ts';
import { objectiveOf, parOf } from './objective.ts';
import { crossHostTokens } from './rankLoads.ts';

/** Measures a placement; nothing here is taken over from the search but which optima it proved. */
export function describe(
  task: Task,
  layers: readonly Layer[],
  placement: Placement,
  proven: readonly boolean[],
  stoppedEarly: boolean,
): Report {
  const count = layers.length;
  const report = {
    split: task.split,
    parUniform: new Float64Array(count),
    parAffine: new Float64Array(count),
    parEpisodes: new Float64Array(count),
    parBefore: new Float64Array(count),
    lowerBound: new Float64Array(count),
    movedExperts: new Int32Array(count),
    layersChanged: 0,
    uncoveredIfOneRankLost: new Int32Array(count),
    uncoveredIfOneHostLost: new Int32Array(count),
    crossHostShare: 0,
    stoppedEarly,
    provenLayers: 0,
  };
  const before = task.problem.old ?? basePlacement(count, task.problem.ranks, task.problem.load.experts);
  let loaded = 0;
  for (let index = 0; index < count; index++) {
    const layer = layers[index]!;
    const slots = layerSlots(placement, index);
    const old = layerSlots(before, index);
    report.parUniform[index] = parOf(layer, slots, layer.meanWeight, 'uniform');
    report.parAffine[index] = parOf(layer, slots, layer.meanWeight, 'affine');
    report.parEpisodes[index] = objectiveOf(layer, slots, task.split, task.objective);
    report.parBefore[index] = objectiveOf(layer, old, task.split, task.objective);
    report.lowerBound[index] = layerBound(layer, task.split, task.objective);
    report.movedExperts[index] = movedExperts(old, slots, layer.ranks);
    if (report.movedExperts[index]! > 0) report.layersChanged++;
    report.uncoveredIfOneRankLost[index] = countAlone(slots, layer, 1);
    report.uncoveredIfOneHostLost[index] = countAlone(slots, layer, layer.ranksPerHost);
    if (proven[index]! || report.parEpisodes[index]! <= report.lowerBound[index]! * (1 + 1e-12)) {
      report.provenLayers++;
    }
    let tokens = 0;
    for (const weight of layer.meanWeight) tokens += weight;
    if (tokens > 0) {
      report.crossHostShare += crossHostTokens(layer, slots, layer.meanWeight) / tokens;
      loaded++;
    }
  }
  if (loaded > 0) report.crossHostShare /= loaded;
  return report;
}

/** Experts on ranks that did not hold them before. */
export function movedExperts(before: LayerSlots, after: LayerSlots, ranks: number): number {
  const perBefore = before.length / ranks;
  const perAfter = after.length / ranks;
  let arrivals = 0;
  for (let rank = 0; rank < ranks; rank++) {
    const held = before.subarray(rank * perBefore, (rank + 1) * perBefore);
    for (let slot = rank * perAfter; slot < (rank + 1) * perAfter; slot++) {
      if (after[slot]! >= 0 && !held.includes(after[slot]!)) arrivals++;
    }
  }
  return arrivals;
}
