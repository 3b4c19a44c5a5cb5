import { describe, expect, it } from 'vitest';
import { references } from '../../src/placement/references/index.ts';
import { repairDuplicates } from '../../src/placement/repair.ts';
import { basePlacement, countReplicas, placementFromTables } from '../../src/placement/slots.ts';
import type { Placement } from '../../src/placement/types.ts';
import { countArrivals, countDuplicates, type Limits, verifyPlacement } from '../../src/placement/verify.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';
import { loadOf, tablesOf } from './fixtures.ts';
import { golden } from './golden.ts';

const messages = (placement: Placement, limits?: Limits) =>
  verifyPlacement(placement, limits).map(({ code, message }) => `${code}: ${message}`);

describe('the verifier', () => {
  it('finds nothing wrong with the base placement', () => {
    expect(verifyPlacement(basePlacement(58, 32, 256), { slotsPerRank: 8, full: true, maxReplicas: 1 })).toEqual([]);
  });

  it('names every fault of a layer', () => {
    const placement = placementFromTables(
      [
        [
          [0, 0],
          [7, -1],
        ],
      ],
      3,
    );
    expect(messages(placement, { slotsPerRank: 3, full: true, maxReplicas: 1 })).toEqual([
      'slots: layer 0 has 2 slots per rank, not 3',
      'duplicate: layer 0, rank 0, slot 1 holds expert 0, which the rank holds already',
      'expert-unknown: layer 0, rank 1, slot 0 holds expert 7 of 3',
      'slot-empty: layer 0, rank 1, slot 1 is empty',
      'too-many-copies: layer 0: expert 0 has 2 copies, at most 1 are allowed',
      'expert-missing: layer 0: expert 1 stands nowhere',
      'expert-missing: layer 0: expert 2 stands nowhere',
    ]);
  });

  it('counts what arrives on ranks that did not hold it', () => {
    const old = placementFromTables(
      [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [0, 1],
          [2, 3],
        ],
      ],
      4,
    );
    const next = placementFromTables(
      [
        [
          [1, 0],
          [2, 3],
        ],
        [
          [0, 2],
          [1, 3],
        ],
      ],
      4,
    );
    expect([...countArrivals(next, old)]).toEqual([0, 0, 1, 1]);
    expect(messages(next, { old, maxMoves: { perLayer: 1, perRank: 0, total: 1 } })).toEqual([
      'too-many-moves: layer 1: 2 experts arrive, at most 1 may',
      'too-many-moves: layer 1, rank 0: 1 experts arrive, at most 0 may',
      'too-many-moves: layer 1, rank 1: 1 experts arrive, at most 0 may',
      'too-many-moves: in all: 2 experts arrive, at most 1 may',
    ]);
    expect(messages(next, { old, maxMoves: { perLayer: 2, perRank: 1, total: 2 } })).toEqual([]);
  });

  it.each([
    [{ ranks: 0 }, 'shape: 1 layers, 0 ranks, 4 experts: each must be one or more'],
    [{ slotsPerRank: Int32Array.of(2, 2) }, "shape: 2 slot counts and 2 offsets don't describe 1 layers"],
    [{ layerOffset: Int32Array.of(0, 5) }, "shape: layer 0: the offsets don't fit 2 slots per rank"],
    [{ slotExpert: Int32Array.of(0, 1, 2) }, 'shape: 3 slots, the layers have 4'],
  ])('finds arrays that do not fit together: %j', (change, message) => {
    expect(messages({ ...basePlacement(1, 2, 4), ...change })).toEqual([message]);
  });
});

describe('repairing duplicates', () => {
  it('exchanges rather than takes copies away', () => {
    const { placement, ...done } = repairDuplicates(
      placementFromTables(
        [
          [
            [0, 0],
            [1, 2],
          ],
        ],
        3,
      ),
      loadOf([[[9, 1, 4]]]),
    );
    expect(tablesOf(placement)).toEqual([
      [
        [0, 1],
        [0, 2],
      ],
    ]);
    expect(done).toEqual({ duplicates: 1, exchanged: 1, replaced: 0, emptied: 0 });
  });

  it('replaces what has no other place, and empties a slot of a rank that holds everything', () => {
    const { placement, ...done } = repairDuplicates(placementFromTables([[[0, 0, 0]]], 2));
    expect(tablesOf(placement)).toEqual([[[0, 1, -1]]]);
    expect(done).toEqual({ duplicates: 2, exchanged: 0, replaced: 1, emptied: 1 });
  });

  it("mends what DeepSeek's EPLB leaves", () => {
    interface Case {
      weight: number[][];
      num_replicas: number;
      num_gpus: number;
      num_groups: number;
      num_nodes: number;
    }
    let mended = 0;
    for (const { weight, num_gpus: ranks, num_replicas, ...rest } of golden<{ cases: Case[] }>('deepseek_eplb').cases) {
      if (num_replicas / ranks > weight[0]!.length) continue;
      const load = loadOf([weight]);
      const slotsPerRank = num_replicas / ranks;
      const placement = references.eplb({ load, ranks, slotsPerRank, groups: rest.num_groups, nodes: rest.num_nodes });
      const { placement: better, duplicates } = repairDuplicates(placement, load);
      expect(duplicates).toBe(countDuplicates(placement));
      expect(verifyPlacement(better, { slotsPerRank, full: true })).toEqual([]);
      mended += duplicates;
    }
    expect(mended).toBeGreaterThan(10);
  });

  it('leaves no duplicate in anything, and no expert is lost', () => {
    const placements = fc
      .record({
        ranks: fc.integer({ min: 1, max: 5 }),
        slots: fc.integer({ min: 1, max: 4 }),
        experts: fc.integer({ min: 1, max: 7 }),
      })
      .chain(({ ranks, slots, experts }) =>
        fc
          .array(fc.array(fc.nat(experts - 1), { minLength: slots, maxLength: slots }), {
            minLength: ranks,
            maxLength: ranks,
          })
          .map((table) => placementFromTables([table], experts)),
      );
    fc.assert(
      fc.property(placements, (placement) => {
        const { placement: mended } = repairDuplicates(placement);
        expect(countDuplicates(mended)).toBe(0);
        const before = countReplicas(placement.slotExpert, placement.experts);
        const after = countReplicas(mended.slotExpert, placement.experts);
        for (let expert = 0; expert < placement.experts; expert++)
          if (before[expert]! > 0) expect(after[expert]).toBeGreaterThan(0);
      }),
      runs(200, 10_000),
    );
  });
});
