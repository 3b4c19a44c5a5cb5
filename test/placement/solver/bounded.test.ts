import { expect, test } from 'vitest';
import { solve } from '../../../src/placement/solver/solve.ts';
import { golden } from '../golden.ts';

interface Case {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly slots: number;
  readonly tokens: readonly number[];
}

test('ranks that tie for the hottest do not keep the exchange of three ranks going for ever', () => {
  for (const { layers, experts, ranks, slots, tokens } of golden<Case[]>('solver_endless')) {
    const load = { episodes: 1, layers, experts, tokens: Float64Array.from(tokens) };
    let questions = 0;
    const shouldStop = () => {
      if (++questions > 20_000) expect.fail('the search does not end');
      return false;
    };
    const { report } = solve({ load, ranks, slotsPerRank: slots, split: 'uniform', shouldStop });
    expect(report.provenLayers).toBe(layers);
  }
});
