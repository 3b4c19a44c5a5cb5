import { expect, it } from 'vitest';
import {
  basePlacement,
  countArrivals,
  createDumpReader,
  evaluatePlacement,
  executeMigration,
  type Load,
  parsePattern,
  planMigration,
  references,
  repairDuplicates,
  verifyPlacement,
  writePattern,
} from '../../src/placement/index.ts';

const LAYERS = 58;
const EXPERTS = 256;
const RANKS = 32;

it('from dumps of DeepSeek-V3 to a pattern, and from the base to it in batches that end there', () => {
  const reader = createDumpReader(3);
  for (const window of [1, 2, 3]) reader.add(`activation_counts_recordstep_${window}_rank_0.txt`, dumpText(window));
  const { load, windows } = reader.finish();
  expect([windows, load.episodes, load.layers, load.experts]).toEqual([3, 3, LAYERS, EXPERTS]);

  const solved = references.eplb({ load, ranks: RANKS, slotsPerRank: 9, groups: 8, nodes: 4 });
  const { placement, duplicates } = repairDuplicates(solved, load);
  expect(duplicates).toBeGreaterThan(0);
  expect(verifyPlacement(placement, { slotsPerRank: 9, full: true })).toEqual([]);
  expect(meanPar(load, placement)).toBeLessThan(meanPar(load, basePlacement(LAYERS, RANKS, EXPERTS)));

  const file = writePattern(placement);
  expect(file.length).toBe(128 + 4 * RANKS * LAYERS * EXPERTS);
  const pattern = parsePattern(file);
  expect(meanPar(load, pattern)).toBeCloseTo(meanPar(load, placement), 9);

  const base = basePlacement(LAYERS, RANKS, EXPERTS);
  const migration = planMigration(base, pattern);
  expect(executeMigration(base, migration, pattern.slotsPerRank)).toEqual(pattern);
  expect(migration.numTransfers).toBe(countArrivals(pattern, base).reduce((a, b) => a + b, 0));
});

function meanPar(load: Load, placement: Parameters<typeof evaluatePlacement>[1]): number {
  return evaluatePlacement(load, placement, 'uniform').par.reduce((a, b) => a + b, 0) / load.layers;
}

/** Skewed counts, another hot expert in each layer and window. */
function dumpText(window: number): string {
  let text = '';
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let expert = 0; expert < EXPERTS; expert++) {
      text += `${Math.floor(90_000 / (1 + ((expert * 37 + layer * 11 + window * 5) % EXPERTS)))}\t`;
    }
    text += '\n';
  }
  return text;
}
