import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { solve } from '../../../src/placement/solver/solve.ts';
import { expectValid } from './validity.ts';

interface Golden {
  readonly weight: number[];
  readonly ranks: number;
  readonly slots: number;
  readonly mean: number;
  readonly optimum: { readonly opt: number };
}

const golden = JSON.parse(readFileSync('test/golden/optimum_small.json', 'utf8')) as Golden[];

test('there are nineteen proven optima', () => expect(golden).toHaveLength(19));

for (const { weight, ranks, slots, mean, optimum } of golden) {
  test(`the optimum of ${weight} on ${ranks} ranks of ${slots} slots is reached and proven`, () => {
    const load = { episodes: 1, layers: 1, experts: weight.length, tokens: Float64Array.from(weight) };
    const problem = { load, ranks, slotsPerRank: slots, split: 'uniform' } as const;
    const { placement, report } = solve(problem);
    expectValid(problem, placement);
    expect(report.parUniform[0]! * mean).toBeCloseTo(optimum.opt, 9);
    expect(report.provenLayers).toBe(1);
  });
}
