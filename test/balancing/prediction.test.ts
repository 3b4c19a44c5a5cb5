import { describe, expect, it } from 'vitest';
import { mostGain, predict } from '../../src/balancing/prediction.ts';
import { createParMeter } from '../../src/balancing/rankPar.ts';
import { basePlacement, placementFromTables, solve } from '../../src/placement/index.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

describe('predict', () => {
  it('weighs layers by their tokens', () => {
    // two ranks of two experts; layer 0 is all on rank 0, layer 1 is even
    const load = { episodes: 1, layers: 2, experts: 4, tokens: Float64Array.of(30, 30, 0, 0, 10, 10, 10, 10) };
    const old = basePlacement(2, 2, 4);
    const next = placementFromTables(
      [
        [
          [0, 2],
          [1, 3],
        ],
        [
          [0, 1],
          [2, 3],
        ],
      ],
      4,
    );
    const predicted = predict({ load, old, next, split: 'uniform', ranksPerHost: 16, expertShare: 0.5 });
    expect([...predicted.parBefore, ...predicted.parPredicted]).toEqual([2, 1, 1, 1]);
    // peaks: 60 + 20 before, 30 + 20 after
    expect(predicted.expertTimeGain).toBeCloseTo(1 - 50 / 80, 12);
    expect(predicted.stepTimeGain).toBeCloseTo((1 - 50 / 80) / 2, 12);
    expect([predicted.movedExperts, predicted.layersChanged]).toEqual([2, 1]);
  });
});

describe('PAR by the counters', () => {
  it('is of the tokens that came to the ranks, whatever experts they were for', () => {
    const meter = createParMeter(2);
    const window = (...tokens: number[]) => ({ layers: 2, positions: 4, tokens: Float64Array.from(tokens) });
    expect(meter.finish()).toBeNull();
    expect(meter.add(window(0, 0, 0, 0, 0, 0, 0, 0))).toBe(false);
    expect(meter.add(window(3, 3, 1, 1, 5, 0, 0, 5))).toBe(true);
    expect(meter.add(window(3, 3, 1, 1, 5, 0, 0, 5))).toBe(true);
    const { par, mean, windows, tokens } = meter.finish()!;
    expect([[...par], mean, windows, tokens]).toEqual([[1.5, 1], 1.25, 2, 36]);
  });

  it('refuses windows of other shapes', () => {
    const meter = createParMeter(2);
    meter.add({ layers: 1, positions: 4, tokens: Float64Array.of(1, 1, 1, 1) });
    expect(() => meter.add({ layers: 1, positions: 6, tokens: new Float64Array(6) })).toThrow(
      '1 lines of 6 counts, those before have 1 of 4',
    );
    expect(() => createParMeter(3).add({ layers: 1, positions: 4, tokens: new Float64Array(4) })).toThrow(
      "4 columns can't be shared by 3 ranks",
    );
  });

  it('is at least 1, and at most the number of ranks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: 8, maxLength: 8 }), (counts) => {
        const meter = createParMeter(4);
        meter.add({ layers: 1, positions: 8, tokens: Float64Array.from(counts) });
        const measured = meter.finish();
        return measured === null || (measured.mean >= 1 - 1e-12 && measured.mean <= 4 + 1e-12);
      }),
    );
  });
});

describe('the most that could be saved', () => {
  const load = { episodes: 2, layers: 1, experts: 4, tokens: Float64Array.of(10, 0, 0, 0, 6, 8, 4, 4) };
  const known = { load, old: basePlacement(1, 2, 4), split: 'uniform' as const, ranksPerHost: 16, expertShare: 0.5 };

  it('leaves the hottest expert on one rank, unless it may have copies', () => {
    // 32 tokens on two ranks: the base has 24 on one, and the hottest expert alone is half of them
    expect(mostGain(known, true)).toBeCloseTo(0.5 * (1 - 16 / 24), 12);
    expect(mostGain(known, false)).toBeCloseTo(0.5 * (1 - 16 / 24), 12);
    const hot = { ...load, tokens: Float64Array.of(10, 0, 0, 0, 16, 2, 4, 4) };
    expect(mostGain({ ...known, load: hot }, false)).toBeCloseTo(0.5 * (1 - 26 / 28), 12);
  });

  it('is no less than what any placement saves', () => {
    const counts = fc.array(fc.nat({ max: 1_000 }), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(counts, fc.boolean(), (tokens, copies) => {
        fc.pre(tokens.slice(0, 8).some((count) => count > 0) && tokens.slice(8).some((count) => count > 0));
        const many = { episodes: 1, layers: 2, experts: 8, tokens: Float64Array.from(tokens) };
        const old = basePlacement(2, 4, 8);
        const at = { load: many, old, split: 'uniform' as const, ranksPerHost: 16, expertShare: 0.4 };
        const { placement: next } = solve({ load: many, ranks: 4, slotsPerRank: copies ? 3 : 2, split: 'uniform' });
        expect(predict({ ...at, next }).stepTimeGain).toBeLessThanOrEqual(mostGain(at, copies) + 1e-12);
      }),
      runs(15, 300),
    );
  });
});
