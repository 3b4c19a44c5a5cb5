import { describe, expect, it } from 'vitest';
import { executeMigration } from '../../../src/placement/migration/executeMigration.ts';
import { type Migration, planLayer, planMigration } from '../../../src/placement/migration/migration.ts';
import { basePlacement, placementFromTables } from '../../../src/placement/slots.ts';
import { countArrivals } from '../../../src/placement/verify.ts';
import fc from '../../fakes/fastCheck.ts';
import { runs } from '../../fakes/seed.ts';
import { golden } from '../golden.ts';

interface RankPlan {
  rank: number;
  unchanged: number[];
  local_copies: number[][];
  sends: number[][];
  recvs: number[][];
  recv_primary: number[];
}
interface Case {
  E: number;
  ranks: number;
  slots_per_rank: number;
  old: number[];
  new: number[];
  plan: RankPlan[];
  instructions: number[][];
  batches: number[][][];
}

describe("vLLM's transfer plans", () => {
  it.each(golden<{ cases: Case[] }>('vllm_transfer_plans').cases)('from $old to $new', (wanted) => {
    const old = Int32Array.from(wanted.old);
    const next = Int32Array.from(wanted.new);
    const perRank = wanted.slots_per_rank;
    const plan = planLayer(0, old, next, wanted.ranks, { senders: 'vllm' });
    for (const { rank, unchanged, local_copies, sends, recvs } of wanted.plan) {
      const first = rank * perRank;
      const stay = Array.from({ length: perRank }, (_, slot) => slot).filter((s) => old[first + s] === next[first + s]);
      expect(stay).toEqual(unchanged);
      expect(plan.localCopies.filter((copy) => copy.rank === rank).map((copy) => [copy.toSlot, copy.fromSlot])).toEqual(
        local_copies,
      );
      expect(plan.transfers.filter(({ from }) => from === rank).map((t) => [t.expert, t.to, t.fromSlot])).toEqual(
        sends,
      );
      expect(plan.transfers.filter(({ to }) => to === rank).map((t) => [t.expert, t.from, t.toSlot])).toEqual(recvs);
    }
    const held = new Set(wanted.old);
    expect(plan.lost).toEqual([...new Set(wanted.new)].filter((expert) => !held.has(expert)));
  });

  it.each(golden<{ cases: Case[] }>('vllm_migration_batches').cases)('in batches, from $old to $new', (wanted) => {
    const plan = planLayer(0, Int32Array.from(wanted.old), Int32Array.from(wanted.new), wanted.ranks, {
      senders: 'vllm',
    });
    const short = ({ from, to, expert }: (typeof plan.transfers)[number]) => [from, to, expert];
    expect(plan.transfers.map(short)).toEqual(wanted.instructions);
    expect(plan.batches.map((batch) => batch.map(short))).toEqual(wanted.batches);
  });
});

/** Two placements of one model on the same ranks; slots may be empty, experts doubled, widths differ. */
const pairs = fc
  .record({
    layers: fc.integer({ min: 1, max: 3 }),
    ranks: fc.integer({ min: 1, max: 6 }),
    experts: fc.integer({ min: 1, max: 8 }),
    oldSlots: fc.integer({ min: 1, max: 4 }),
    nextSlots: fc.integer({ min: 1, max: 4 }),
  })
  .filter(({ ranks, experts, oldSlots }) => ranks * oldSlots >= experts)
  .chain(({ layers, ranks, experts, oldSlots, nextSlots }) => {
    const table = (slots: number) =>
      fc.array(fc.array(fc.integer({ min: -1, max: experts - 1 }), { minLength: slots, maxLength: slots }), {
        minLength: ranks,
        maxLength: ranks,
      });
    // every expert somewhere: the first slots hold them in order, shuffled over ranks by the rest
    const whole = table(oldSlots).map((rows) =>
      rows.map((row, rank) =>
        row.map((expert, slot) => {
          const index = slot * ranks + rank;
          return index < experts ? index : expert;
        }),
      ),
    );
    return fc.record({
      experts: fc.constant(experts),
      old: fc.array(whole, { minLength: layers, maxLength: layers }),
      next: fc.array(table(nextSlots), { minLength: layers, maxLength: layers }),
      ranksPerHost: fc.integer({ min: 1, max: 4 }),
    });
  });

describe('a migration', () => {
  it.each(['balanced', 'vllm'] as const)('with %s senders results in the new placement', (senders) => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const old = placementFromTables(pair.old, pair.experts);
        const next = placementFromTables(pair.next, pair.experts);
        const migration = planMigration(old, next, { senders, ranksPerHost: pair.ranksPerHost });
        expect(executeMigration(old, migration, next.slotsPerRank)).toEqual(next);
        const arrivals = countArrivals(next, old).reduce((a, b) => a + b, 0);
        expect(migration.numTransfers).toBe(arrivals);
      }),
      runs(150, 5_000),
    );
  });

  it('takes an expert from the same host where it can, and never from a busier rank than needed', () => {
    fc.assert(
      fc.property(pairs, ({ old, next, experts, ranksPerHost }) => {
        const before = placementFromTables(old, experts);
        const migration = planMigration(before, placementFromTables(next, experts), { ranksPerHost });
        const host = (rank: number) => Math.floor(rank / ranksPerHost);
        for (const { layer, transfers } of migration.layers) {
          const sends = new Map<number, number>();
          for (const { from } of transfers) sends.set(from, (sends.get(from) ?? 0) + 1);
          for (const { expert, from, to } of transfers) {
            const holders = old[layer]!.flatMap((held, rank) => (held.includes(expert) ? [rank] : []));
            const near = holders.filter((rank) => host(rank) === host(to));
            const allowed = near.length > 0 ? near : holders;
            expect(allowed).toContain(from);
            const idlest = Math.min(...allowed.map((rank) => sends.get(rank) ?? 0));
            expect(sends.get(from)! - idlest).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('shares what two ranks could send', () => {
    const old = placementFromTables([[[0], [0], [1], [1]]], 2);
    const next = placementFromTables([[[0], [0], [0], [0]]], 2);
    const { transfers } = planMigration(old, next, { ranksPerHost: 4 }).layers[0]!;
    expect(transfers.map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('counts what crosses hosts', () => {
    const old = basePlacement(1, 4, 4);
    const next = placementFromTables([[[1], [0], [3], [0]]], 4);
    const migration = planMigration(old, next, { ranksPerHost: 2 });
    expect([migration.numTransfers, migration.numCrossHost, migration.numLocalCopies]).toEqual([4, 1, 0]);
  });

  it('is refused where an expert is held by nobody', () => {
    const old = placementFromTables([[[0], [0]]], 2);
    expect(() => planMigration(old, placementFromTables([[[0], [1]]], 2))).toThrow(
      'layer 0: no rank holds expert 1 now; it must be loaded from storage, not moved',
    );
  });

  it('is refused between different clusters', () => {
    expect(() => planMigration(basePlacement(1, 2, 4), basePlacement(1, 4, 4))).toThrow(
      "a placement of 1 layers x 4 experts on 2 ranks can't become one of 1 x 4 on 4",
    );
  });
});

describe('the simulator', () => {
  const old = basePlacement(1, 3, 3);
  const swap = (change: Partial<Migration['layers'][number]>): Migration => ({
    layers: [
      { layer: 0, localCopies: [], transfers: [], lateCopies: [], cleared: [], batches: [], lost: [], ...change },
    ],
    numTransfers: 0,
    numCrossHost: 0,
    numLocalCopies: 0,
  });
  const transfer = (expert: number, from: number, to: number) => ({ expert, from, fromSlot: 0, to, toSlot: 0 });

  it('does not send what a slot does not hold', () => {
    expect(() => executeMigration(old, swap({ batches: [[transfer(1, 0, 2)]] }), [1])).toThrow(
      "the migration can't be carried out: layer 0: slot 0 of rank 0 holds expert 0, not 1",
    );
  });

  it('does not use a rank twice in a batch', () => {
    const batches = [[transfer(0, 0, 1), transfer(1, 1, 2)]];
    expect(() => executeMigration(old, swap({ batches }), [1])).toThrow('layer 0: rank 1 takes part twice in a batch');
  });

  it('does not write a slot twice', () => {
    const batches = [[transfer(0, 0, 1)], [transfer(2, 2, 1)]];
    expect(() => executeMigration(old, swap({ batches }), [1])).toThrow('layer 0: slot 0 of rank 1 is written twice');
  });

  it('does not copy what has not arrived', () => {
    const lateCopies = [{ rank: 0, expert: 2, fromSlot: 0, toSlot: 0 }];
    expect(() => executeMigration(old, swap({ lateCopies }), [1])).toThrow(
      'layer 0: expert 2 has not arrived on rank 0',
    );
  });
});
