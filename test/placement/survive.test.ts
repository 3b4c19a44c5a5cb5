import { describe, expect, it } from 'vitest';
import { lostWith, placementFromTables, references, solve, survivalOf } from '../../src/placement/index.ts';

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
