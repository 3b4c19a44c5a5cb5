import { emptyPlacement, layerSlots } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';
import type { Migration, Transfer } from './migration.ts';

/**
 * Carries a migration out, slot by slot, and gives what then stands where: the proof of a plan is that this is the new
 * placement. Refuses to send what a slot does not hold, to write a slot twice, or to use a rank twice in a batch.
 * `slotsPerRank`, [layer], is that of the new placement.
 */
export function executeMigration(old: Placement, migration: Migration, slotsPerRank: ArrayLike<number>): Placement {
  const result = emptyPlacement(old.layers, old.ranks, old.experts, slotsPerRank);
  for (const plan of migration.layers) {
    const { layer } = plan;
    const before = layerSlots(old, layer);
    const after = layerSlots(result, layer);
    const beforePerRank = old.slotsPerRank[layer]!;
    const perRank = result.slotsPerRank[layer]!;
    const where = `layer ${layer}`;
    for (let rank = 0; rank < old.ranks; rank++) {
      const kept = Math.min(perRank, beforePerRank);
      after.set(before.subarray(rank * beforePerRank, rank * beforePerRank + kept), rank * perRank);
    }
    const written = new Set<number>();
    const write = (rank: number, slot: number, expert: number) => {
      const at = rank * perRank + slot;
      if (rank < 0 || rank >= old.ranks || slot < 0 || slot >= perRank)
        throw fault(`${where}: there is no slot ${slot} on rank ${rank}`);
      if (written.has(at)) throw fault(`${where}: slot ${slot} of rank ${rank} is written twice`);
      written.add(at);
      after[at] = expert;
    };
    const readOld = (rank: number, slot: number, expert: number) => {
      const held = before[rank * beforePerRank + slot];
      if (held !== expert) throw fault(`${where}: slot ${slot} of rank ${rank} holds expert ${held}, not ${expert}`);
      return held;
    };
    for (const { rank, expert, fromSlot, toSlot } of plan.localCopies)
      write(rank, toSlot, readOld(rank, fromSlot, expert));
    for (const batch of plan.batches) {
      checkBatch(batch, where);
      for (const { expert, from, fromSlot, to, toSlot } of batch) write(to, toSlot, readOld(from, fromSlot, expert));
    }
    for (const { rank, expert, fromSlot, toSlot } of plan.lateCopies) {
      if (after[rank * perRank + fromSlot] !== expert)
        throw fault(`${where}: expert ${expert} has not arrived on rank ${rank}`);
      write(rank, toSlot, expert);
    }
    for (const { rank, slot } of plan.cleared) write(rank, slot, -1);
  }
  return result;
}

/** A rank may take part in one flow only: as its sender or as its receiver. */
function checkBatch(batch: readonly Transfer[], where: string): void {
  const partner = new Map<number, string>();
  for (const { from, to } of batch) {
    for (const rank of [from, to]) {
      const flow = `${from}>${to}`;
      if ((partner.get(rank) ?? flow) !== flow) throw fault(`${where}: rank ${rank} takes part twice in a batch`);
      partner.set(rank, flow);
    }
  }
}

function fault(message: string): PlacementError {
  return new PlacementError('infeasible', `the migration can't be carried out: ${message}`);
}
