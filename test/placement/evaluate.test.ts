import { describe, expect, it } from 'vitest';
import { evaluatePlacement, rankLoads } from '../../src/placement/evaluate.ts';
import { placementFromTables } from '../../src/placement/slots.ts';
import type { Split } from '../../src/placement/types.ts';
import fc from '../fakes/fastCheck.ts';
import { loadOf } from './fixtures.ts';
import { golden } from './golden.ts';

describe('evaluating a placement', () => {
  interface Optimum {
    weight: number[];
    ranks: number;
    optimum: { table: number[][] };
    opt_par: number;
  }
  it.each(golden<Optimum[]>('optimum_small'))(
    'finds the PAR of the proven optimum of $weight',
    ({ weight, optimum, opt_par }) => {
      const placement = placementFromTables([optimum.table], weight.length);
      const { par, parEpisodes } = evaluatePlacement(loadOf([[weight]]), placement, 'uniform');
      expect(par[0]).toBeCloseTo(opt_par, 12);
      expect(parEpisodes).toEqual(par);
    },
  );

  it('counts each layer by its own episodes and by their sum', () => {
    const placement = placementFromTables(
      [
        [[0], [1]],
        [[0], [1]],
      ],
      2,
    );
    const load = loadOf([
      [
        [3, 1],
        [0, 0],
      ],
      [
        [1, 3],
        [2, 2],
      ],
    ]);
    const { par, parEpisodes } = evaluatePlacement(load, placement, 'uniform');
    expect([...par]).toEqual([1, 1]);
    expect([...parEpisodes]).toEqual([1.5, 1.5, 1, 1]);
  });

  it('lets a source rank use its own copy, else one on its host by its number, else any by its number', () => {
    // expert 0 on ranks 0, 1 and 3 of hosts {0,1,2} {3,4,5} {6,7}; expert 1 alone on rank 7
    const placement = placementFromTables([[[0], [0], [-1], [0], [-1], [-1], [-1], [1]]], 2);
    const loads = rankLoads(Float64Array.of(80, 8), placement, 0, 'affine', { ranksPerHost: 3 });
    // own: 0, 1, 3; rank 2 -> 2 % 2 = first copy of its host; 4, 5 -> 3; 6 % 3 -> first, 7 % 3 -> second copy of all
    expect([...loads]).toEqual([30, 20, 0, 30, 0, 0, 0, 8]);
  });

  it('weighs source ranks where they differ', () => {
    const placement = placementFromTables([[[0], [0]]], 1);
    expect([...rankLoads(Float64Array.of(100), placement, 0, 'affine', { sources: Float64Array.of(3, 1) })]).toEqual([
      75, 25,
    ]);
  });

  it('weighs ranks by what they can do', () => {
    const placement = placementFromTables([[[0], [1]]], 2);
    const capability = Float64Array.of(1, 3);
    for (const split of ['uniform', 'affine', 'fractional'] as const) {
      expect(evaluatePlacement(loadOf([[[1, 3]]]), placement, split, { capability }).par[0]).toBeCloseTo(1, 12);
      expect(evaluatePlacement(loadOf([[[2, 2]]]), placement, split, { capability }).par[0]).toBeCloseTo(2, 12);
    }
  });

  it('finds the best split of tokens among copies', () => {
    // expert 0 can go to both ranks: the best split levels them at 6
    const placement = placementFromTables(
      [
        [
          [0, 1],
          [0, 2],
        ],
      ],
      3,
    );
    const load = loadOf([[[6, 5, 1]]]);
    expect(evaluatePlacement(load, placement, 'fractional').par[0]).toBeCloseTo(1, 12);
    expect(evaluatePlacement(load, placement, 'uniform').par[0]).toBeCloseTo(8 / 6, 12);
  });

  it('never finds a split better than the fractional one, nor joint better than its parts', () => {
    const cases = fc
      .record({ ranks: fc.integer({ min: 1, max: 6 }), slots: fc.integer({ min: 1, max: 3 }) })
      .chain(({ ranks, slots }) =>
        fc.record({
          tokens: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: ranks, maxLength: ranks }),
          extra: fc.array(fc.nat(ranks - 1), { minLength: ranks * (slots - 1), maxLength: ranks * (slots - 1) }),
          ranksPerHost: fc.integer({ min: 1, max: 4 }),
        }),
      );
    fc.assert(
      fc.property(cases, ({ tokens, extra, ranksPerHost }) => {
        const ranks = tokens.length;
        const table = tokens.map((_, rank) => [...new Set([rank, ...extra.filter((_, i) => i % ranks === rank)])]);
        const placement = placementFromTables([table], ranks);
        const par = (split: Split) => evaluatePlacement(loadOf([[tokens]]), placement, split, { ranksPerHost }).par[0]!;
        expect(par('fractional')).toBeLessThanOrEqual(Math.min(par('uniform'), par('affine')) + 1e-9);
        expect(par('joint')).toBe(Math.max(par('uniform'), par('affine')));
        expect(par('fractional')).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('refuses a load of another model', () => {
    const placement = placementFromTables([[[0], [1]]], 2);
    expect(() => evaluatePlacement(loadOf([[[1, 2, 3]]]), placement, 'uniform')).toThrow(
      'the load is of 1 layers x 3 experts, the placement of 1 x 2',
    );
  });
});
