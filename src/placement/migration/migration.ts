import { layerSlots } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';
import { balancedSenders, type Want, wideSenders } from './senders.ts';

/** One expert's weights over the network. Slots are local to their rank. */
export interface Transfer {
  readonly expert: number;
  readonly from: number;
  readonly fromSlot: number;
  readonly to: number;
  readonly toSlot: number;
}

export interface LocalCopy {
  readonly rank: number;
  readonly expert: number;
  readonly fromSlot: number;
  readonly toSlot: number;
}

/**
 * How one layer gets from the old placement to the new one. All reads are of the old contents (arriving weights are
 * staged), so that the order does not matter, but for `lateCopies`, which are made of what arrived.
 */
export interface LayerMigration {
  readonly layer: number;
  readonly localCopies: readonly LocalCopy[];
  /** by expert, then by receiving rank; one per rank and expert, to the first slot that wants it */
  readonly transfers: readonly Transfer[];
  readonly lateCopies: readonly LocalCopy[];
  readonly cleared: readonly { readonly rank: number; readonly slot: number }[];
  /** the transfers again: in a batch a rank takes part in one flow, as sender or receiver */
  readonly batches: readonly (readonly Transfer[])[];
  /** experts that no rank held: to be loaded from storage, nothing can be sent */
  readonly lost: readonly number[];
}

export interface Migration {
  readonly layers: readonly LayerMigration[];
  readonly numTransfers: number;
  readonly numCrossHost: number;
  readonly numLocalCopies: number;
}

export interface MigrationOptions {
  /** default 16 */
  readonly ranksPerHost?: number | undefined;
  /** `balanced`: same host first, then the sender with least to send; `vllm`: as vLLM chooses. Default balanced. */
  readonly senders?: 'balanced' | 'vllm' | undefined;
}

/** Plans the move from one placement to another; refuses one that needs an expert which nobody holds. */
export function planMigration(old: Placement, next: Placement, options: MigrationOptions = {}): Migration {
  if (old.layers !== next.layers || old.ranks !== next.ranks || old.experts !== next.experts) {
    throw new PlacementError(
      'bad-placement',
      `a placement of ${old.layers} layers x ${old.experts} experts on ${old.ranks} ranks can't become one of ${next.layers} x ${next.experts} on ${next.ranks}`,
    );
  }
  const layers: LayerMigration[] = [];
  for (let layer = 0; layer < old.layers; layer++) {
    const planned = planLayer(layer, layerSlots(old, layer), layerSlots(next, layer), old.ranks, options);
    if (planned.lost.length > 0) {
      throw new PlacementError(
        'infeasible',
        `layer ${layer}: no rank holds expert ${planned.lost.join(', ')} now; it must be loaded from storage, not moved`,
      );
    }
    layers.push(planned);
  }
  const ranksPerHost = options.ranksPerHost ?? 16;
  const host = (rank: number) => Math.floor(rank / ranksPerHost);
  const transfers = layers.flatMap((layer) => layer.transfers);
  return {
    layers,
    numTransfers: transfers.length,
    numCrossHost: transfers.filter(({ from, to }) => host(from) !== host(to)).length,
    numLocalCopies: layers.reduce((sum, layer) => sum + layer.localCopies.length + layer.lateCopies.length, 0),
  };
}

export function planLayer(
  layer: number,
  old: Int32Array,
  next: Int32Array,
  ranks: number,
  { ranksPerHost = 16, senders = 'balanced' }: MigrationOptions = {},
): LayerMigration {
  const oldPerRank = old.length / ranks;
  const nextPerRank = next.length / ranks;
  const holders = new Map<number, number[]>(); // expert -> ranks that hold it, rising
  for (let slot = 0; slot < old.length; slot++) {
    const rank = Math.floor(slot / oldPerRank);
    const list = holders.get(old[slot]!);
    if (list === undefined) holders.set(old[slot]!, [rank]);
    else if (list.at(-1) !== rank) list.push(rank);
  }
  holders.delete(-1);
  const wants = new Map<number, Want>();
  const localCopies: LocalCopy[] = [];
  const lateCopies: LocalCopy[] = [];
  const cleared: { rank: number; slot: number }[] = [];
  const slotOf = (rank: number, expert: number) =>
    old.subarray(rank * oldPerRank, (rank + 1) * oldPerRank).indexOf(expert);
  for (let i = 0; i < next.length; i++) {
    const rank = Math.floor(i / nextPerRank);
    const toSlot = i % nextPerRank;
    const expert = next[i]!;
    const before = toSlot < oldPerRank ? old[rank * oldPerRank + toSlot]! : -1;
    if (expert === before) continue;
    if (expert < 0) {
      cleared.push({ rank, slot: toSlot });
      continue;
    }
    const fromSlot = slotOf(rank, expert);
    if (fromSlot >= 0) {
      localCopies.push({ rank, expert, fromSlot, toSlot });
      continue;
    }
    const want = wants.get(expert) ?? { expert, holders: holders.get(expert) ?? [], receivers: [] };
    wants.set(expert, want);
    const primary = want.receivers.find((receiver) => receiver.rank === rank);
    if (primary === undefined) want.receivers.push({ rank, slot: toSlot });
    else lateCopies.push({ rank, expert, fromSlot: primary.slot, toSlot });
  }
  const sorted = [...wants.values()].sort((a, b) => a.expert - b.expert);
  const possible = sorted.filter((want) => want.holders.length > 0);
  const choose = senders === 'vllm' ? wideSenders : balancedSenders;
  const chosen = choose(possible, ranks, ranksPerHost);
  const transfers = possible.flatMap(({ expert, receivers }, w) =>
    receivers.map(({ rank: to, slot: toSlot }, r) => {
      const from = chosen[w]![r]!;
      return { expert, from, fromSlot: slotOf(from, expert), to, toSlot };
    }),
  );
  const lost = sorted.filter((want) => want.holders.length === 0).map(({ expert }) => expert);
  const batches = batchTransfers(transfers, senders === 'balanced');
  return { layer, localCopies, transfers, lateCopies, cleared, batches, lost };
}

/**
 * Transfers between the same two ranks are one flow; each flow goes to the first batch in which neither rank takes part
 * yet. `largestFirst` puts flows of like size together; otherwise they come in the order of their first expert, as in vLLM.
 */
function batchTransfers(transfers: readonly Transfer[], largestFirst: boolean): Transfer[][] {
  const flows = new Map<string, Transfer[]>();
  for (const transfer of transfers) {
    const key = `${transfer.from}>${transfer.to}`;
    const flow = flows.get(key);
    if (flow === undefined) flows.set(key, [transfer]);
    else flow.push(transfer);
  }
  const order = [...flows.values()];
  if (largestFirst) order.sort((a, b) => b.length - a.length); // stable: else by first expert
  const batches: { busy: Set<number>; transfers: Transfer[] }[] = [];
  for (const flow of order) {
    const { from, to } = flow[0]!;
    let batch = batches.find(({ busy }) => !busy.has(from) && !busy.has(to));
    if (batch === undefined) {
      batch = { busy: new Set(), transfers: [] };
      batches.push(batch);
    }
    batch.busy.add(from).add(to);
    batch.transfers.push(...flow);
  }
  return batches.map((batch) => batch.transfers);
}
