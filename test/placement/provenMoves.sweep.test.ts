import { expect, test } from 'vitest';
import { leastMoves } from '../../bench/placement/leastMoves.ts';
import { quality } from '../../bench/placement/measure.ts';
import { vllmStart } from '../../bench/placement/placements.ts';
import { priceColumns } from '../../bench/placement/proof/columns.ts';
import type { LayerProblem } from '../../bench/placement/proof/layerProblem.ts';
import { provenMoves } from '../../bench/placement/proof/provenMoves.ts';
import { skewedLoad } from '../../bench/placement/workloads.ts';
import { references } from '../../src/placement/index.ts';
import { Random } from '../../src/placement/random.ts';

const RANKS = 3;
const SLOTS = 2;

test('the bound is never above the fewest arrivals found by trying every placement', () => {
  const random = new Random(5);
  const bounds: number[] = [];
  const fewest: number[] = [];
  for (let round = 0; round < 60; round++) {
    const problem = randomProblem(random, 4 + (round % 2));
    const bound = provenMoves(problem);
    fewest.push(fewestArrivals(problem));
    bounds.push(Math.max(0, Math.ceil(bound - 1e-6)));
    expect(bound, JSON.stringify(problem)).toBeLessThanOrEqual(fewest.at(-1)! + 1e-6);
  }
  const tight = bounds.filter((bound, round) => bound === fewest[round]);
  expect([Math.max(...fewest), tight.length]).toEqual([3, 51]);
});

test('no column that keeps to the cap is worth more than the best one, on a coarse grid as on a fine one', () => {
  const random = new Random(6);
  for (let round = 0; round < 40; round++) {
    const problem = randomProblem(random, 5);
    const prices = Float64Array.from(problem.load, (load) => (load * random.below(80)) / 10 - 0.5);
    const worths = bestWorths(problem, prices);
    for (const grid of [7, 100, 20000]) {
      const { best } = priceColumns(problem, prices, grid, 1);
      for (let rank = 0; rank < RANKS; rank++) expect(best[rank]).toBeGreaterThanOrEqual(worths[rank]! - 1e-9);
    }
  }
});

test('columns are worth what is said, and those of a fine grid keep to the cap', () => {
  const random = new Random(7);
  const problem = randomProblem(random, 5);
  const prices = Float64Array.from(problem.load, (load) => load * 4);
  const { best, columns } = priceColumns(problem, prices, 20000, 5);
  const worths = columns.map((ofRank) =>
    Math.max(
      ...ofRank.map(({ experts, counts, arrivals }) =>
        experts.reduce((sum, expert, i) => sum + prices[expert]! / counts[i]!, -arrivals),
      ),
    ),
  );
  worths.forEach((worth, rank) => {
    expect(worth).toBeCloseTo(best[rank]!, 9);
  });
  for (const { experts, counts } of columns.flat()) {
    const load = experts.reduce((sum, expert, i) => sum + problem.load[expert]! / counts[i]!, 0);
    expect(load).toBeLessThanOrEqual(problem.cap * (1 + SLOTS / 20000));
  }
});

test('a cap that no rank can keep to is met by no number of moves', () => {
  const problem = { ...randomProblem(new Random(8), 5), cap: 0.001 };
  expect(provenMoves(problem)).toBe(Infinity);
});

test('it proves more moves than the untouched ranks do', () => {
  const load = skewedLoad({ layers: 1, experts: 64 }, 'zipf', 7);
  const old = vllmStart(1, 64, 16, 5);
  const { pars } = quality(references.flashlb({ load, ranks: 16, slotsPerRank: 5, old }), load, 'uniform', 16);
  const mean = load.tokens.reduce((sum, tokens) => sum + tokens, 0) / 16;
  const bound = provenMoves({
    load: Float64Array.from(load.tokens, (tokens) => tokens / mean),
    cap: pars[0]!,
    ranks: 16,
    slots: 5,
    old: Int32Array.from(old.slotExpert),
  });
  expect([leastMoves(load, old, pars), Math.ceil(bound)]).toEqual([6, 14]);
});

/** Random loads and residents; the cap is the PAR of some random placement, so that one keeps to it. */
function randomProblem(random: Random, experts: number): LayerProblem {
  const tokens = Array.from({ length: experts }, () => 1 + random.below(20));
  const mean = tokens.reduce((sum, value) => sum + value, 0) / RANKS;
  const load = Float64Array.from(tokens, (value) => value / mean);
  const placements = allPlacements(experts);
  const old = placements[random.below(placements.length)]!.flat();
  const goal = placements[random.below(placements.length)]!;
  return { load, cap: Math.max(...rankLoads(load, goal)), ranks: RANKS, slots: SLOTS, old: Int32Array.from(old) };
}

function fewestArrivals({ load, cap, old }: LayerProblem): number {
  let fewest = Infinity;
  for (const placement of allPlacements(load.length)) {
    if (Math.max(...rankLoads(load, placement)) > cap) continue;
    const arrivals = placement.map(
      (pair, rank) => pair.filter((expert) => !residents(old, rank).includes(expert)).length,
    );
    fewest = Math.min(
      fewest,
      arrivals.reduce((sum, number) => sum + number, 0),
    );
  }
  return fewest;
}

/** Two different experts for each rank, every expert somewhere; [placement][rank][slot] */
function allPlacements(experts: number): number[][][] {
  const pairs: number[][] = [];
  for (let first = 0; first < experts; first++) {
    for (let second = first + 1; second < experts; second++) pairs.push([first, second]);
  }
  const all = pairs.flatMap((a) => pairs.flatMap((b) => pairs.map((c) => [a, b, c])));
  return all.filter((placement) => new Set(placement.flat()).size === experts);
}

function rankLoads(load: Float64Array, placement: readonly number[][]): number[] {
  const copies = new Int32Array(load.length);
  for (const expert of placement.flat()) copies[expert]!++;
  return placement.map((pair) => pair.reduce((sum, expert) => sum + load[expert]! / copies[expert]!, 0));
}

/** Every pair of different experts in every number of copies; [rank] */
function bestWorths({ load, cap, old }: LayerProblem, prices: Float64Array): number[] {
  const counts = [1, 2, 3];
  return [0, 1, 2].map((rank) => {
    let best = -Infinity;
    for (let a = 0; a < load.length; a++) {
      for (let b = a + 1; b < load.length; b++) {
        const arrivals = [a, b].filter((expert) => !residents(old, rank).includes(expert)).length;
        for (const m of counts) {
          for (const n of counts) {
            if (load[a]! / m + load[b]! / n <= cap) best = Math.max(best, prices[a]! / m + prices[b]! / n - arrivals);
          }
        }
      }
    }
    return best;
  });
}

function residents(old: Int32Array, rank: number): number[] {
  return [...old.subarray(rank * SLOTS, (rank + 1) * SLOTS)];
}
