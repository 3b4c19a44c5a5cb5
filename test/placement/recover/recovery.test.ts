import { describe, expect, it } from 'vitest';
import {
  countArrivals,
  evaluatePlacement,
  type Load,
  lostWith,
  placementFromTables,
  recover,
  references,
  verifyPlacement,
  withoutRanks,
} from '../../../src/placement/index.ts';

const SMALL = placementFromTables(
  [
    [
      [0, 1, 2],
      [2, 3, 4],
      [5, 0, 3],
    ],
  ],
  6,
);

function loadOf(layers: number, experts: number): Load {
  const tokens = Float64Array.from({ length: layers * experts }, (_, i) => 1 + ((i * 7919) % 97) ** 2);
  return { episodes: 1, layers, experts, tokens };
}

const sum = (values: Int32Array) => values.reduce((a, b) => a + b, 0);

describe('recovery from lost ranks', () => {
  it('serves at once with what is left, and loads what nobody holds in place of second copies', () => {
    const { now, missing, next, storageLoads } = recover({ placement: SMALL, lost: [1], maxMoves: { total: 1 } });
    expect([...now.slotExpert]).toEqual([0, 1, 2, -1, -1, -1, 5, 0, 3]);
    expect(missing).toEqual([{ layer: 0, expert: 4 }]);
    // expert 0 is the only one with two copies; both ranks would be equally loaded, so the lowest slot gives way
    expect([...next.slotExpert]).toEqual([4, 1, 2, -1, -1, -1, 5, 0, 3]);
    expect(storageLoads).toEqual([{ layer: 0, expert: 4, rank: 0, slot: 0 }]);
    expect([...withoutRanks(next, new Set([1])).slotExpert]).toEqual([4, 1, 2, 5, 0, 3]);
  });

  it('loads nothing where every expert stands elsewhere', () => {
    const { missing, storageLoads, migration } = recover({
      placement: SMALL,
      lost: [2],
      slotsPerRank: 3,
      maxMoves: { total: 1 },
    });
    expect(missing).toEqual([{ layer: 0, expert: 5 }]);
    const covered = placementFromTables(
      [
        [
          [0, 1],
          [0, 1],
          [1, 0],
        ],
      ],
      2,
    );
    const safe = recover({ placement: covered, lost: [0] });
    expect(safe.missing).toEqual([]);
    expect(safe.storageLoads).toEqual([]);
    expect(storageLoads).toHaveLength(1);
    expect(migration.numTransfers).toBe(0);
  });

  it('is sound, within its budget, and never worse balanced than the least that must be', () => {
    const load = loadOf(3, 48);
    for (const [ranks, slotsPerRank] of [
      [8, 9],
      [12, 6],
      [6, 12],
    ] as const) {
      const placement = references.vllm({ load, ranks, slotsPerRank });
      for (const lost of [[0], [ranks - 1], [1, 3]]) {
        const gone = new Set(lost);
        const must = lostWith(placement, gone).length;
        for (const total of [must, must + 5, must + 50]) {
          const { next, now, missing } = recover({ placement, lost, load, maxMoves: { total, perRank: 20 } });
          expect(missing).toHaveLength(must);
          const [before, after] = [withoutRanks(now, gone), withoutRanks(next, gone)];
          const limits = { old: before, maxMoves: { total, perRank: 20 }, slotsPerRank };
          expect(verifyPlacement(after, limits)).toEqual([]);
          expect(sum(countArrivals(after, before))).toBeLessThanOrEqual(total);
          for (const rank of lost) expect(heldBy(next, rank)).toEqual([]);
        }
        const par = (total: number) => {
          const { next } = recover({ placement, lost, load, maxMoves: { total } });
          return evaluatePlacement(load, withoutRanks(next, gone), 'uniform').par.reduce((a, b) => a + b);
        };
        expect(par(must + 50)).toBeLessThanOrEqual(par(must));
      }
    }
  });

  it('gives survivors more slots where they are asked for', () => {
    const bare = placementFromTables(
      [
        [
          [0, 1],
          [2, 3],
        ],
      ],
      4,
    );
    const fault = (more: object) => () => recover({ placement: bare, lost: [1], ...more });
    expect(fault({})).toThrow("layer 0: 2 slots of 1 ranks can't hold 4 experts; give the survivors more slots");
    const { next } = recover({ placement: bare, lost: [1], slotsPerRank: 4 });
    expect([...next.slotExpert]).toEqual([0, 1, 2, 3, -1, -1, -1, -1]);
    expect(fault({ slotsPerRank: 1 })).toThrow('the ranks have 2 slots now, 1 would drop experts');
  });

  it('refuses what is no loss and what no budget allows', () => {
    const fault = (more: object) => () => recover({ placement: SMALL, lost: [1], ...more });
    expect(fault({ lost: [] })).toThrow('no rank is lost: there is nothing to recover');
    expect(fault({ lost: [0, 1, 2] })).toThrow('all 3 ranks are lost: there is nothing to recover');
    expect(fault({ lost: [3] })).toThrow('there is no rank 3; the placement has 0 to 2');
    expect(fault({ maxMoves: { total: 0 } })).toThrow(
      '1 experts stood on lost ranks only and must be loaded, more than the 0 that may move',
    );
    expect(fault({ maxMoves: { perLayer: 0 } })).toThrow('layer 0: 1 experts must be loaded, 0 may move');
    expect(fault({ maxMoves: { perRank: 0 } })).toThrow(
      'layer 0: no rank may take expert 4; let more experts move per rank',
    );
    expect(fault({ load: loadOf(1, 7) })).toThrow('the load is of 1 layers x 7 experts, the placement of 1 x 6');
  });
});

function heldBy({ slotsPerRank, layers, layerOffset, slotExpert }: typeof SMALL, rank: number): number[] {
  const held: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
    held.push(...slotExpert.subarray(first, first + slotsPerRank[layer]!).filter((expert) => expert >= 0));
  }
  return held;
}
