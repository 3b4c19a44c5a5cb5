import { expect, test } from 'vitest';
import { skewedLoad } from '../../../bench/placement/workloads.ts';
import { Random } from '../../../src/placement/random.ts';
import { emptyPlacement } from '../../../src/placement/slots.ts';
import { solve } from '../../../src/placement/solver/solve.ts';
import { type Placement, PlacementError, type PlacementProblem } from '../../../src/placement/types.ts';
import { LONG } from '../../fakes/seed.ts';
import { expectValid } from './validity.ts';

const PROBLEMS = LONG ? 300 : 100;

const SHAPE = { layers: 3, experts: 64 };
const load = skewedLoad(SHAPE, 'log-normal', 5);
const shape = { load, ranks: 8, slotsPerRank: 9, split: 'uniform' } as const;
const old = roundRobin(SHAPE.layers, 8, 64, 9);
const free = solve(shape);

test('with an old placement nearly the same PAR is reached for a part of the moves', () => {
  const { placement, report } = solve({ ...shape, old });
  expectValid(shape, placement);
  expect(mean(report.parUniform)).toBeLessThan(mean(free.report.parUniform) + 0.002);
  const moves = report.movedExperts.reduce((sum, count) => sum + count, 0);
  expect(moves).toBe(arrivals(old, placement));
  expect(moves).toBeLessThan(arrivals(old, free.placement) / 2);
});

test('a higher target PAR needs fewer moves', () => {
  const moves = [1.3, 1.1, 1.02].map((targetPar) => {
    const { placement, report } = solve({ ...shape, old, targetPar });
    for (const par of report.parUniform) expect(par).toBeLessThanOrEqual(targetPar);
    return arrivals(old, placement);
  });
  expect(moves[0]).toBeLessThan(moves[1]!);
  expect(moves[1]).toBeLessThan(moves[2]!);
});

test('a larger budget never gives a higher PAR, and no budget is exceeded', () => {
  let last = Number.POSITIVE_INFINITY;
  for (const total of [0, 5, 15, 30, 60]) {
    const { placement, report } = solve({ ...shape, old, maxMoves: { total } });
    expect(arrivals(old, placement)).toBeLessThanOrEqual(total);
    expect(mean(report.parUniform)).toBeLessThanOrEqual(last);
    last = mean(report.parUniform);
  }
});

test('budgets per layer and per rank hold', () => {
  const perLayer = solve({ ...shape, old, maxMoves: { perLayer: 4 } });
  for (const moved of perLayer.report.movedExperts) expect(moved).toBeLessThanOrEqual(4);
  const perRank = solve({ ...shape, old, maxMoves: { perRank: 1 } });
  expect(mean(perRank.report.parUniform)).toBeLessThan(mean(perRank.report.parBefore));
  for (let layer = 0; layer < 3; layer++) {
    for (let rank = 0; rank < 8; rank++) {
      expect(arrivals(old, perRank.placement, layer, rank)).toBeLessThanOrEqual(1);
    }
  }
});

test('layers at or below the threshold, and gains below the least gain, leave the old bytes alone', () => {
  expect(solve({ ...shape, old: free.placement, parThreshold: 1.01 }).placement).toEqual(free.placement);
  expect(solve({ ...shape, old, minGain: 50 }).placement).toEqual(old);
});

test('experts that stay on a rank keep their slot', () => {
  const { placement } = solve({ ...shape, old });
  for (let slot = 0; slot < old.slotExpert.length; slot++) {
    const row = slot - (slot % 9);
    const expert = old.slotExpert[slot]!;
    if (placement.slotExpert.subarray(row, row + 9).includes(expert)) expect(placement.slotExpert[slot]).toBe(expert);
  }
});

test('an old placement of another shape, with an expert missing or twice on a rank, is mended', () => {
  const narrow = roundRobin(3, 8, 64, 8);
  narrow.slotExpert.fill(3, 0, 8);
  const { placement } = solve({ ...shape, old: narrow });
  expectValid(shape, placement);
});

test('an old placement that can neither stay nor be mended within the budget is refused', () => {
  const narrow = roundRobin(3, 8, 64, 8);
  expect(() => solve({ ...shape, old: narrow, maxMoves: { perLayer: 2 } })).toThrow(
    new PlacementError(
      'infeasible',
      'layer 0: within the move budget none was found that has every expert, once on a rank at most, and every slot filled; raise maxMoves',
    ),
  );
});

test('a total that the layers together must exceed is refused, though each alone keeps to it', () => {
  const narrow = roundRobin(3, 8, 64, 8);
  expect(() => solve({ ...shape, old: narrow, maxMoves: { total: 8 } })).toThrow(
    'the layers together need 24 moves to hold every expert in slots that are filled, 8 are allowed; raise maxMoves',
  );
});

test(`every one of ${PROBLEMS} random old placements is changed into a valid one within its budget`, () => {
  for (let seed = 0; seed < PROBLEMS; seed++) {
    const random = new Random(seed);
    const experts = 2 + random.below(12);
    const ranks = 1 + random.below(5);
    const slots = Math.ceil(experts / ranks) + random.below(3);
    const episodes = 1 + random.below(2);
    const tokens = Float64Array.from({ length: episodes * experts }, () => random.below(100) ** 2);
    const split = (['uniform', 'affine', 'joint'] as const)[random.below(3)]!;
    const problem: PlacementProblem = {
      load: { episodes, layers: 1, experts, tokens },
      ranks,
      ranksPerHost: 2,
      slotsPerRank: slots,
      split,
      effort: 0.02,
    };
    const before = solve({
      ...problem,
      seed: 1,
      effort: 0,
      load: { ...problem.load, tokens: tokens.slice().reverse() },
    });
    const total = random.below(12);
    const { placement, report } = solve({ ...problem, old: before.placement, maxMoves: { total } });
    expectValid(problem, placement);
    expect(arrivals(before.placement, placement)).toBeLessThanOrEqual(total);
    expect(report.parEpisodes[0]).toBeLessThanOrEqual(report.parBefore[0]! + 1e-12);
  }
});

/** Experts in order, then again from the first: vLLM's initial placement. */
function roundRobin(layers: number, ranks: number, experts: number, slots: number): Placement {
  const placement = emptyPlacement(layers, ranks, experts, slots);
  for (let slot = 0; slot < placement.slotExpert.length; slot++) {
    placement.slotExpert[slot] = (slot % (ranks * slots)) % experts;
  }
  return placement;
}

function arrivals(before: Placement, after: Placement, onlyLayer?: number, onlyRank?: number): number {
  let count = 0;
  for (let layer = 0; layer < after.layers; layer++) {
    for (let rank = 0; rank < after.ranks; rank++) {
      if ((onlyLayer ?? layer) !== layer || (onlyRank ?? rank) !== rank) continue;
      const held = rowOf(before, layer, rank);
      for (const expert of rowOf(after, layer, rank)) if (expert >= 0 && !held.includes(expert)) count++;
    }
  }
  return count;
}

function rowOf(placement: Placement, layer: number, rank: number): Int32Array {
  const slots = placement.slotsPerRank[layer]!;
  const first = placement.layerOffset[layer]! + rank * slots;
  return placement.slotExpert.subarray(first, first + slots);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
