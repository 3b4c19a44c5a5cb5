import { describe, expect, it } from 'vitest';
import { costsOf, DEFAULT_COST_MODEL } from '../../src/moves/costModel.ts';
import { repeatSlots } from '../../src/moves/slotLoads.ts';
import { parseCostModel } from '../../src/operations/session/parseCostModel.ts';
import { emptyResult, PassTable } from '../../src/simulation/passTable.ts';

const SHAPE = { layers: 1, experts: 4, ranks: 2, ranksPerHost: 1 };
const MODEL = parseCostModel({
  computeUsPerToken: 2,
  expertReadUs: 10,
  otherUsPerLayer: 100,
  otherUsPerPass: 1000,
  topK: 2,
  tokenBytes: 1000,
  expertBytes: 1_000_000,
  withinHostGBps: 10,
  acrossHostsGBps: 1,
  copyGBps: 100,
  moveLatencyUs: 7,
  contention: 0.5,
});

describe('the price of a pass', () => {
  it('is that of the slowest rank, the busiest link and what comes on top', () => {
    const table = new PassTable(MODEL, SHAPE, 'uniform', repeatSlots(Int32Array.of(0, 1, 2, 3), 1, 2, 4));
    const result = emptyResult(SHAPE);
    const slotTokens = new Float64Array(4);
    table.run(Float64Array.of(8, 4, 1, 0.5), slotTokens, result);
    // rank 0: 16 us of compute, 10 us of reading what 8 us would compute; half of 12 tokens come from the other host
    expect(result.us).toBeCloseTo(1000 + 100 + 26 + 6, 9);
    expect([...slotTokens]).toEqual([8, 4, 1, 0.5]);
    expect([...result.rankTokens]).toEqual([12, 1.5]);
    expect(result.par[0]).toBeCloseTo(12 / 6.75, 9);
    expect(result.acrossTokens).toBeCloseTo(6.75, 9);
  });

  it('counts an expert with less than a token for that share of passes', () => {
    const table = new PassTable(MODEL, SHAPE, 'uniform', repeatSlots(Int32Array.of(0, 1, 2, 3), 1, 2, 4));
    const result = emptyResult(SHAPE);
    table.run(Float64Array.of(0.25, 0, 0, 0), new Float64Array(4), result);
    expect(result.us).toBeCloseTo(1000 + 100 + 2.5 + 0.125, 9);
  });
});

describe('the price of a move', () => {
  const costs = costsOf(MODEL, SHAPE, () => 0, 2);

  it('is that of the busiest link, sending and receiving at once', () => {
    const hops = [
      { expert: 0, from: 0, to: 1 },
      { expert: 1, from: 0, to: 1 },
      { expert: 2, from: 1, to: 0 },
    ];
    expect(costs.moveUs(hops)).toBe(7 + 2 * 1000); // 1 MB at 1 GB/s each
    expect(costs.copyUs(hops)).toBe(20); // two on rank 1, at 100 GB/s
    expect(costs.moveUs([])).toBe(0);
    expect(costs.hiddenUs(100)).toBe(50);
  });

  it('scales planning by layers and slots', () => {
    const large = costsOf(DEFAULT_COST_MODEL, { layers: 58, experts: 256, ranks: 32, ranksPerHost: 16 }, () => 0, 9);
    expect(large.planUs('vllm', 58)).toBeCloseTo(50_000, 6);
    expect(large.planUs('vllm', 29)).toBeCloseTo(25_000, 6);
  });
});

describe('a cost model from a file', () => {
  it('keeps defaults for what is left out', () => {
    expect(parseCostModel({ topK: 6, planMs: { swift: 1 } })).toEqual({
      ...DEFAULT_COST_MODEL,
      topK: 6,
      planMs: { ...DEFAULT_COST_MODEL.planMs, swift: 1 },
    });
  });

  it('tells all its faults at once', () => {
    expect(() =>
      parseCostModel({ topk: 8, contention: -1, acrossHostsGBps: 0, planMs: { best: 1, vllm: 'fast' } }),
    ).toThrow(
      'topk is unknown; contention is -1, not a number of 0 or more; acrossHostsGBps is 0, it must be more; ' +
        'planMs.best is unknown; planMs.vllm is "fast", not a number of 0 or more. Keys are: computeUsPerToken',
    );
  });
});
