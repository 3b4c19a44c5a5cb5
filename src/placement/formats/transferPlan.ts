import { executeMigration } from '../migration/executeMigration.ts';
import type { LayerMigration, LocalCopy, Migration } from '../migration/migration.ts';
import { layerSlots } from '../slots.ts';
import type { StorageLoad } from '../storageLoad.ts';
import { type Placement, PlacementError } from '../types.ts';
import { type Move, type WrittenPlan, WrittenPlanShape } from './transferPlan.gen.ts';

const FORMAT = 'omniplace-transfer-plan';

/** How to get from one placement to another, for machines. */
export interface TransferPlan {
  readonly layers: number;
  readonly ranks: number;
  readonly experts: number;
  /** [layer], of the new placement */
  readonly slotsPerRank: readonly number[];
  readonly migration: Migration;
  readonly storageLoads: readonly StorageLoad[];
}

/**
 * JSON of one object: `layer_list` holds the layers that change. Places are [rank, slot]. All reads are of the old contents; the
 * batches of a layer follow each other, and in a batch a rank takes part in one flow. Then `late_copies`, of what arrived,
 * `storage`, and `cleared`.
 */
export function writeTransferPlan(plan: TransferPlan): string {
  const { layers, ranks, experts, slotsPerRank, migration, storageLoads } = plan;
  const layerList = migration.layers.flatMap((one) => {
    const storage = storageLoads.filter(({ layer }) => layer === one.layer);
    const isIdle =
      one.transfers.length + one.localCopies.length + one.lateCopies.length + one.cleared.length + storage.length === 0;
    if (isIdle) return [];
    const copies = (list: readonly LocalCopy[]) =>
      list.map(({ rank, expert, fromSlot, toSlot }) => ({ expert, from: [rank, fromSlot], to: [rank, toSlot] }));
    return [
      {
        layer: one.layer,
        copies: copies(one.localCopies),
        batches: one.batches.map((batch) =>
          batch.map(({ expert, from, fromSlot, to, toSlot }) => ({ expert, from: [from, fromSlot], to: [to, toSlot] })),
        ),
        late_copies: copies(one.lateCopies),
        storage: storage.map(({ expert, rank, slot }) => ({ expert, to: [rank, slot] })),
        cleared: one.cleared.map(({ rank, slot }) => [rank, slot]),
      },
    ];
  });
  const head = { format: FORMAT, version: 1, layers, ranks, experts, slots_per_rank: [...slotsPerRank] };
  return `${JSON.stringify({ ...head, layer_list: layerList })}\n`;
}

export function parseTransferPlan(text: string): TransferPlan {
  const file = parseWritten(text);
  const storageLoads: StorageLoad[] = [];
  const layers = file.layer_list.map((one): LayerMigration => {
    const batches = one.batches.map((batch) =>
      batch.map(({ expert, from, to }) => ({ expert, from: from[0], fromSlot: from[1], to: to[0], toSlot: to[1] })),
    );
    const copies = (list: readonly Move[]) =>
      list.map(({ expert, from, to }) => ({ rank: to[0], expert, fromSlot: from[1], toSlot: to[1] }));
    for (const { expert, to } of one.storage) {
      storageLoads.push({ layer: one.layer, expert, rank: to[0], slot: to[1] });
    }
    return {
      layer: one.layer,
      localCopies: copies(one.copies),
      transfers: batches.flat(),
      lateCopies: copies(one.late_copies),
      cleared: one.cleared.map(([rank, slot]) => ({ rank, slot })),
      batches,
      lost: [],
    };
  });
  const present = new Map(layers.map((one) => [one.layer, one]));
  const all = Array.from({ length: file.layers }, (_, layer) => present.get(layer) ?? idleLayer(layer));
  const numTransfers = all.reduce((sum, { transfers }) => sum + transfers.length, 0);
  const numLocalCopies = all.reduce((sum, one) => sum + one.localCopies.length + one.lateCopies.length, 0);
  return {
    layers: file.layers,
    ranks: file.ranks,
    experts: file.experts,
    slotsPerRank: file.slots_per_rank,
    // which ranks share a host is not in the plan
    migration: { layers: all, numTransfers, numCrossHost: 0, numLocalCopies },
    storageLoads,
  };
}

/** What stands where once the plan is carried out. */
export function executeTransferPlan(old: Placement, plan: TransferPlan): Placement {
  const reached = executeMigration(old, plan.migration, plan.slotsPerRank);
  for (const { layer, expert, rank, slot } of plan.storageLoads) {
    layerSlots(reached, layer)[rank * reached.slotsPerRank[layer]! + slot] = expert;
  }
  return reached;
}

function idleLayer(layer: number): LayerMigration {
  return { layer, localCopies: [], transfers: [], lateCopies: [], cleared: [], batches: [], lost: [] };
}

function parseWritten(text: string): WrittenPlan {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new PlacementError('bad-file', `the transfer plan is no JSON: ${(cause as Error).message}`, { cause });
  }
  const { validate } = WrittenPlanShape;
  if (validate(file)) return file as WrittenPlan;
  const places = (validate.errors ?? []).map(placeOf);
  if (places.some((place) => HEAD.has(place))) {
    throw new PlacementError('bad-file', `not a transfer plan: its format is not ${FORMAT} of version 1`);
  }
  throw new PlacementError('bad-file', `the transfer plan can't be used: ${places[0]} is missing or of another type`);
}

/** Without them it is another file. */
const HEAD: ReadonlySet<string> = new Set(['', 'format', 'version', 'layer_list']);

function placeOf({ instancePath, params }: { instancePath: string; params: Record<string, unknown> }): string {
  const keys = instancePath.split('/').slice(1);
  return [...keys, ...(params.missingProperty === undefined ? [] : [params.missingProperty])].join('.');
}
