import { describe, expect, it } from 'vitest';
import { evaluatePlacement } from '../../../src/placement/evaluate.ts';
import { type ReferenceName, references } from '../../../src/placement/references/index.ts';
import type { ReferenceProblem, ReferenceSolver } from '../../../src/placement/references/layerProblem.ts';
import { basePlacement } from '../../../src/placement/slots.ts';
import { PlacementError } from '../../../src/placement/types.ts';
import { verifyPlacement } from '../../../src/placement/verify.ts';
import fc from '../../fakes/fastCheck.ts';
import { runs } from '../../fakes/seed.ts';
import { loadOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

const solvers = Object.entries<ReferenceSolver>(references).map(([name, solve]) => ({ name, solve }));
// these never look whether a rank holds an expert already
const duplicating = ['eplb', 'vllm', 'trtllm', 'sglang-vec', 'ascend-default'];

const tokens = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.constant(2 ** 53),
);

const problems: fc.Arbitrary<ReferenceProblem> = fc
  .record({
    ranks: fc.constantFrom(1, 2, 3, 4, 5, 8, 16, 18),
    perRank: fc.integer({ min: 1, max: 3 }),
    spare: fc.integer({ min: 0, max: 2 }),
    layers: fc.integer({ min: 1, max: 2 }),
    episodes: fc.integer({ min: 1, max: 3 }),
    hasOld: fc.boolean(),
  })
  .chain(({ ranks, perRank, spare, layers, episodes, hasOld }) => {
    const experts = ranks * perRank;
    const size = episodes * layers * experts;
    return fc.array(tokens, { minLength: size, maxLength: size }).map((values) => ({
      load: { episodes, layers, experts, tokens: Float64Array.from(values) },
      ranks,
      slotsPerRank: perRank + spare,
      old: hasOld ? basePlacement(layers, ranks, experts) : undefined,
    }));
  });

describe.each(solvers)('$name', ({ name, solve }) => {
  it('gives a valid placement for hostile loads, or says why it cannot', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const placement = attempt(() => solve(problem));
        if (placement instanceof PlacementError) {
          expect(placement.code).toBe('infeasible');
          return;
        }
        const faults = verifyPlacement(placement).filter(
          ({ code }) => !(code === 'duplicate' && duplicating.includes(name)),
        );
        expect(faults).toEqual([]);
      }),
      runs(60, 2_000),
    );
  });

  it('gives the same bytes again', () => {
    const load = loadOf([[[5, 3, 9, 1, 5, 5, 0, 2]], [[1, 8, 2, 7, 0, 5, 5, 5]]]);
    const once = solve({ load, ranks: 4, slotsPerRank: 3 });
    expect(solve({ load, ranks: 4, slotsPerRank: 3 })).toEqual(once);
  });

  it.each([
    ['NaN', [1, Number.NaN, 1, 1], 'bad-load'],
    ['a negative load', [1, -1, 1, 1], 'bad-load'],
    ['a load beyond 2^53', [1, 2 ** 54, 1, 1], 'bad-load'],
  ])('refuses %s', (_, values, code) => {
    const problem = { load: loadOf([[values]]), ranks: 2, slotsPerRank: 2 };
    expect(() => solve(problem)).toThrow(expect.objectContaining({ name: 'PlacementError', code }));
  });

  it('refuses a slot budget, which only our own solver can hand out', () => {
    expect(() => solve({ load: loadOf([[[1, 2]]]), ranks: 2, slotBudget: 4 })).toThrow(
      'references know no slot budget; give slots per rank, or use our own solver',
    );
  });
});

/** PAR that the originals reached on small loads, or the error they died of. */
interface Small {
  weight: number[];
  ranks: number;
  slots: number;
  refs: Record<string, number | string>;
}
const original: Partial<Record<ReferenceName, string>> = {
  eplb: 'deepseek_global',
  trtllm: 'trtllm',
  'sglang-vec': 'sglang_vec',
  'ascend-default': 'ascend_default',
  swift: 'ascend_swift',
  flashlb: 'ascend_flashlb',
  'flashlb-percentage': 'ascend_flashlb_pct',
};

describe.each(golden<Small[]>('optimum_small'))(
  'on $weight, $ranks ranks of $slots',
  ({ weight, ranks, slots, refs }) => {
    it.each(Object.entries(original))('%s reaches the PAR of the original', (name, key) => {
      const load = loadOf([[weight]]);
      const placement = references[name as ReferenceName]({ load, ranks, slotsPerRank: slots });
      const par = evaluatePlacement(load, placement, 'uniform').par[0]!;
      const wanted = refs[key]!;
      if (typeof wanted === 'number') expect(par).toBeCloseTo(wanted, 12);
      else expect(par, `the original: ${wanted}`).toBeGreaterThanOrEqual(1);
    });
  },
);

it('a load with too few slots is refused in words', () => {
  expect(() => references.eplb({ load: loadOf([[[1, 2, 3, 4, 5]]]), ranks: 2, slotsPerRank: 2 })).toThrow(
    'layer 0 has 4 slots (2 ranks x 2) for 5 experts',
  );
});

function attempt<T>(solve: () => T): T | PlacementError {
  try {
    return solve();
  } catch (error) {
    if (error instanceof PlacementError) return error;
    throw error;
  }
}
