import { describe, expect, it } from 'vitest';
import {
  leastLostOf,
  lostWith,
  placementFromTables,
  references,
  solve,
  survivalOf,
} from '../../../src/placement/index.ts';
import fc from '../../fakes/fastCheck.ts';
import { runs } from '../../fakes/seed.ts';

const TABLE = placementFromTables(
  [
    [
      [0, 1],
      [1, 2],
      [3, 4],
      [4, 0],
    ],
  ],
  5,
);

describe('what would be lost', () => {
  it('is what stands on one rank, or on one host, only', () => {
    expect(survivalOf(TABLE, 1)).toEqual({
      lost: [[], [{ layer: 0, expert: 2 }], [{ layer: 0, expert: 3 }], []],
      numLost: 2,
      leastLost: 2,
    });
    const hosts = survivalOf(TABLE, 2);
    expect(hosts.lost.map((lost) => lost.map(({ expert }) => expert))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(hosts.numLost).toBe(4);
  });

  it('is what no other rank holds, for any ranks at once', () => {
    expect(lostWith(TABLE, new Set([0, 1]))).toEqual([
      { layer: 0, expert: 1 },
      { layer: 0, expert: 2 },
    ]);
    expect(lostWith(TABLE, new Set())).toEqual([]);
    expect(lostWith(TABLE, new Set([0, 1, 2, 3]))).toHaveLength(5);
  });

  it('agrees for each rank and host with taking it away, on whatever solvers make', () => {
    const tokens = Float64Array.from({ length: 3 * 40 }, (_, i) => 1 + ((i * 7919) % 101));
    const load = { episodes: 1, layers: 3, experts: 40, tokens };
    const covering = solve({ load, ranks: 8, slotsPerRank: 10, ranksPerHost: 4, cover: 'host', effort: 0 }).placement;
    for (const placement of [covering, references.vllm({ load, ranks: 8, slotsPerRank: 7 })]) {
      for (const size of [1, 4]) {
        const { lost } = survivalOf(placement, size);
        for (const [unit, experts] of lost.entries()) {
          const ranks = Array.from({ length: size }, (_, i) => unit * size + i);
          expect(experts).toEqual(lostWith(placement, new Set(ranks)));
        }
      }
    }
    expect(survivalOf(covering, 4).numLost).toBe(0);
  });
});

describe('the least that must be lost', () => {
  it('is what trying every placement finds, hosts of unlike size included', () => {
    for (const [ranks, slotsPerRank, experts] of [
      [2, 2, 2],
      [2, 3, 4],
      [3, 1, 2],
      [3, 2, 3],
      [3, 2, 4],
      [3, 3, 4],
      [4, 1, 3],
      [4, 2, 4],
      [5, 1, 3],
      [5, 2, 4],
    ] as const) {
      for (const ranksPerUnit of [1, 2, 3, 4, 5]) {
        const least = leastLostOf({ ranks, experts, slotsPerRank }, ranksPerUnit);
        expect(`${ranks} ${slotsPerRank} ${experts} ${ranksPerUnit}: ${least}`).toBe(
          `${ranks} ${slotsPerRank} ${experts} ${ranksPerUnit}: ${leastFound(ranks, slotsPerRank, experts, ranksPerUnit)}`,
        );
      }
    }
  });

  it('is what the solver leaves with --cover, whatever the shape', () => {
    const shape = fc.record({
      ranks: fc.integer({ min: 2, max: 12 }),
      ranksPerHost: fc.integer({ min: 1, max: 6 }),
      experts: fc.integer({ min: 2, max: 20 }),
      spare: fc.integer({ min: 0, max: 4 }),
      cover: fc.constantFrom('rank' as const, 'host' as const),
      split: fc.constantFrom('uniform' as const, 'affine' as const, 'joint' as const),
      seed: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(shape, ({ ranks, ranksPerHost, experts, spare, cover, split, seed }) => {
        const slotsPerRank = Math.min(experts, Math.ceil(experts / ranks) + spare);
        const tokens = Float64Array.from({ length: experts }, (_, i) => (seed * (i + 7)) % 1009);
        const load = { episodes: 1, layers: 1, experts, tokens };
        const { placement } = solve({ load, ranks, slotsPerRank, ranksPerHost, cover, split, effort: 0 });
        const { numLost, leastLost } = survivalOf(placement, cover === 'rank' ? 1 : ranksPerHost);
        expect(numLost).toBe(leastLost);
      }),
      runs(60, 2_000),
    );
  });

  it('is none where a further copy has to give way on a host of fewer ranks', () => {
    // the second host has ten slots for eight experts, and each must be on it
    const tokens = Float64Array.from([900, 10, 8, 7, 6, 5, 4, 3]);
    const load = { episodes: 1, layers: 1, experts: 8, tokens };
    const problem = { load, ranks: 7, slotsPerRank: 5, ranksPerHost: 5, cover: 'host', split: 'uniform' } as const;
    expect(survivalOf(solve({ ...problem, effort: 0 }).placement, 5).numLost).toBe(0);
  });
});

/** By trying every placement. A rank's experts are a set of bits. */
function leastFound(ranks: number, slotsPerRank: number, experts: number, ranksPerUnit: number): number {
  const sets = Array.from({ length: 2 ** experts }, (_, set) => set).filter((set) => size(set) === slotsPerRank);
  let least = Number.POSITIVE_INFINITY;
  const place = (rank: number, unit: number, once: number, twice: number) => {
    if (rank % ranksPerUnit === 0 || rank === ranks) {
      twice |= once & unit;
      once |= unit;
      unit = 0;
    }
    if (rank < ranks) for (const set of sets) place(rank + 1, unit | set, once, twice);
    else if (size(once) === experts) least = Math.min(least, experts - size(twice));
  };
  place(0, 0, 0, 0);
  return least;
}

function size(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) count++;
  return count;
}
