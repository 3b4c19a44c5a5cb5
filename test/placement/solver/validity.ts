import { expect } from 'vitest';
import type { Placement, PlacementProblem } from '../../../src/placement/types.ts';

/** Every expert somewhere, none twice on a rank, no slot empty that could be filled, no limit broken. */
export function expectValid(problem: PlacementProblem, placement: Placement): void {
  const { ranks, load } = problem;
  const most = Math.min(problem.maxReplicas ?? ranks, ranks);
  expect(placement.slotExpert.length).toBe(placement.layerOffset[load.layers]);
  for (let layer = 0; layer < load.layers; layer++) {
    const perRank = placement.slotsPerRank[layer]!;
    const counts = new Int32Array(load.experts);
    let filled = 0;
    for (let rank = 0; rank < ranks; rank++) {
      const first = placement.layerOffset[layer]! + rank * perRank;
      const held = [...placement.slotExpert.subarray(first, first + perRank)].filter((expert) => expert !== -1);
      if (new Set(held).size !== held.length) expect.fail(`layer ${layer} rank ${rank} holds an expert twice: ${held}`);
      for (const expert of held) counts[expert]! += 1;
      filled += held.length;
    }
    const missing = counts.indexOf(0);
    if (missing >= 0) expect.fail(`layer ${layer} lacks expert ${missing}`);
    if (Math.max(...counts) > most) expect.fail(`layer ${layer} has ${Math.max(...counts)} copies, more than ${most}`);
    const fillable = Math.min(Math.min(perRank, load.experts) * ranks, most * load.experts);
    if (filled !== fillable) expect.fail(`layer ${layer} fills ${filled} slots of ${fillable}`);
  }
}
