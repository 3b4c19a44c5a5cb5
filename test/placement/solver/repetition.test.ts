import { expect, test } from 'vitest';
import { movingLoad } from '../../../bench/placement/workloads.ts';
import { normaliseLayer } from '../../../src/placement/solver/normalise.ts';
import { repeats } from '../../../src/placement/solver/repetition.ts';
import { usualLoads } from '../../../src/placement/solver/usual.ts';

const SHAPE = { experts: 256, ranks: 32, slots: 9, ranksPerHost: 16, maxCopies: 32 };

for (const motion of ['antiphase', 'bursts', 'drift'] as const) {
  test(`episodes of ${motion} repeat`, () => {
    for (let seed = 0; seed < 5; seed++) expect(repeats(layerOf(motion, 8, seed))).toBe(true);
  });
}

test('episodes in which any expert may flare up do not repeat', () => {
  for (let seed = 0; seed < 5; seed++) expect(repeats(layerOf('noise', 8, seed))).toBe(false);
});

test('three episodes are too few to tell, and are believed', () => {
  for (let seed = 0; seed < 5; seed++) expect(repeats(layerOf('noise', 3, seed))).toBe(true);
});

test('the usual load of an expert is without its flare', () => {
  const tokens = Float64Array.of(...[10, 10, 10, 10], ...[10, 90, 10, 10], ...[10, 10, 10, 10]);
  const layer = normaliseLayer({ ...SHAPE, experts: 4, ranks: 4, slots: 1 }, tokens);
  const [first, flaring, ...rest] = usualLoads(layer);
  // in mean rank loads: 1, 1/3 and 1 for those that don't flare, 1, 3 and 1 for the one that does
  expect([first, flaring, ...rest]).toEqual([1, 1, 1, 1]);
});

function layerOf(motion: 'antiphase' | 'bursts' | 'drift' | 'noise', episodes: number, seed: number) {
  return normaliseLayer(SHAPE, movingLoad({ layers: 1, experts: 256 }, motion, episodes, seed).tokens);
}
