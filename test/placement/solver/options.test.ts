import { expect, test } from 'vitest';
import { skewedLoad } from '../../../bench/placement/workloads.ts';
import { evaluatePlacement, rankLoads } from '../../../src/placement/evaluate.ts';
import { solve } from '../../../src/placement/solver/solve.ts';
import type { PlacementProblem } from '../../../src/placement/types.ts';
import { expectValid } from './validity.ts';

const load = skewedLoad({ layers: 4, experts: 64 }, 'log-normal', 3);

for (const split of ['uniform', 'affine', 'joint'] as const) {
  test(`with slots for two copies of each, any rank or host may be lost under ${split} split`, () => {
    const problem: PlacementProblem = { load, ranks: 16, ranksPerHost: 4, slotsPerRank: 9, split, effort: 0.2 };
    const bare = solve(problem).report;
    expect(Math.min(...bare.uncoveredIfOneRankLost)).toBeGreaterThan(0);
    const rank = solve({ ...problem, cover: 'rank' });
    expectValid(problem, rank.placement);
    expect([...rank.report.uncoveredIfOneRankLost]).toEqual([0, 0, 0, 0]);
    const host = solve({ ...problem, cover: 'host' });
    expectValid(problem, host.placement);
    expect([...host.report.uncoveredIfOneHostLost]).toEqual([0, 0, 0, 0]);
    expect(Math.max(...host.report.parEpisodes)).toBeLessThan(1.05);
  });
}

test('with fewer slots as few experts as possible are left with one copy', () => {
  const problem: PlacementProblem = { load, ranks: 16, ranksPerHost: 4, slotsPerRank: 6, split: 'uniform' };
  for (const cover of ['rank', 'host'] as const) {
    const { report } = solve({ ...problem, cover });
    const uncovered = cover === 'rank' ? report.uncoveredIfOneRankLost : report.uncoveredIfOneHostLost;
    expect([...uncovered]).toEqual([32, 32, 32, 32]); // 2 * 64 experts - 96 slots
  }
});

test('faster dies carry more: the peak of load over capability stays low', () => {
  const capability = Float64Array.from({ length: 8 }, (_, rank) => (rank < 4 ? 1 : 0.5));
  for (const split of ['uniform', 'affine', 'joint'] as const) {
    const { placement, report } = solve({ load, ranks: 8, slotsPerRank: 9, split, capability });
    expect(Math.max(...report.parEpisodes)).toBeLessThan(1.02);
    for (let layer = 0; layer < load.layers; layer++) {
      const tokens = load.tokens.subarray(layer * load.experts, (layer + 1) * load.experts);
      for (const routed of split === 'joint' ? (['uniform', 'affine'] as const) : [split]) {
        const loads = rankLoads(tokens, placement, layer, routed);
        expect(sum(loads.subarray(0, 4)) / sum(loads.subarray(4))).toBeGreaterThan(1.95);
        expect(sum(loads.subarray(0, 4)) / sum(loads.subarray(4))).toBeLessThan(2.05);
      }
    }
    // what is placed without a regard for speed keeps slow dies as busy as fast ones, and the measure says so
    const blind = solve({ load, ranks: 8, slotsPerRank: 9, split, effort: 0 });
    const { par } = evaluatePlacement(load, blind.placement, split, { capability });
    expect(Math.min(...par)).toBeGreaterThan(1.4);
  }
});

test('a slot budget goes to the layers that need it, and is not exceeded', () => {
  const flat = Float64Array.from(load.tokens);
  flat.fill(100, 0, 64); // layer 0 is balanced without redundancy
  const problem: PlacementProblem = {
    load: { ...load, tokens: flat },
    ranks: 16,
    slotBudget: 16 * (4 * 4 + 3),
    split: 'uniform',
  };
  const { placement, report } = solve(problem);
  expectValid(problem, placement);
  expect(placement.slotExpert.length).toBeLessThanOrEqual(16 * (4 * 4 + 3));
  expect([...placement.slotsPerRank]).toEqual([4, 5, 5, 5]);
  const even = solve({ load: problem.load, ranks: 16, split: 'uniform' });
  expect(sum(report.parUniform)).toBeLessThan(sum(even.report.parUniform));
});

test('slots per rank may differ between layers', () => {
  const problem: PlacementProblem = { load, ranks: 16, slotsPerRank: Int32Array.of(4, 5, 6, 4), split: 'uniform' };
  const { placement } = solve(problem);
  expectValid(problem, placement);
  expect([...placement.layerOffset]).toEqual([0, 64, 144, 240, 304]);
});

test('no expert gets more copies than allowed', () => {
  const problem: PlacementProblem = { load, ranks: 16, slotsPerRank: 6, maxReplicas: 2, split: 'joint', effort: 0.1 };
  expectValid(problem, solve(problem).placement);
});

test('a stop ends the search early with a valid placement and says so', () => {
  let asked = 0;
  const problem: PlacementProblem = { load, ranks: 16, slotsPerRank: 5, shouldStop: () => ++asked > 2 };
  const { placement, report } = solve(problem);
  expectValid(problem, placement);
  expect(report.stoppedEarly).toBe(true);
  expect(solve({ ...problem, shouldStop: () => false }).report.stoppedEarly).toBe(false);
});

test('more slots than experts leave the rest empty instead of doubling', () => {
  const small = { episodes: 1, layers: 1, experts: 2, tokens: Float64Array.of(3, 1) };
  const { placement } = solve({ load: small, ranks: 2, slotsPerRank: 3, split: 'uniform' });
  expect([...placement.slotExpert]).toEqual([0, 1, -1, 0, 1, -1]);
});

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
