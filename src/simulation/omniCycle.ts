import type { Action, Costs, Hop, LifeCycle, Pass, Routing, Shape } from '../moves/lifeCycle.ts';
import { repeatSlots } from '../moves/slotLoads.ts';
import { layerSlots, type Placement, references, startingSlots } from '../placement/index.ts';
import { omniHops } from './engineHops.ts';

/** Half of the worker's polling for the main thread's flag would be the mean; this is the most. */
const POLL_US = 5_000;

export interface OmniSettings {
  /** max_redundant_per_rank */
  readonly perRank: number;
  /** max_redundant_per_expert */
  readonly perExpert: number;
  /** enable_rank_round_robin: one fixed replica per source rank; otherwise replicas take turns token by token */
  readonly roundRobin: boolean;
  /** seconds between two looks at the load; 60 in the engine */
  readonly tick: number;
}

/**
 * OmniPlacement's dynamic loop: a worker beside the passes collects a tick's load, plans, and sends the changes round by
 * round; a round's weights are put in place by the next pass, which the worker waits for. Every rank runs the same.
 */
export class OmniLifeCycle implements LifeCycle {
  readonly routing: Routing;
  readonly placement: Placement;
  private readonly settings: OmniSettings;
  private readonly shape: Shape;
  private readonly costs: Costs;
  /** [layer][expert], since the last collect() */
  private readonly counts: Float64Array;
  private worker: Worker = { at: 'asleep', untilUs: 0 };

  constructor(settings: OmniSettings, shape: Shape, costs: Costs) {
    this.settings = settings;
    this.shape = shape;
    this.costs = costs;
    this.routing = settings.roundRobin ? 'affine' : 'uniform';
    const { experts, ranks, layers } = shape;
    const slotsPerRank = experts / ranks + settings.perRank;
    const total = new Float64Array(experts);
    const layer = { layer: 0, experts, ranks, slotsPerRank, episodes: 1, tokens: total, total, old: undefined };
    this.placement = repeatSlots(startingSlots(layer), layers, ranks, experts);
    this.counts = new Float64Array(layers * experts);
  }

  /** The main thread puts a staged round in place; the worker then goes on. */
  before(pass: Pass, nowUs: number): readonly Action[] {
    if (pass.kind === 'profile') return [];
    const actions: Action[] = [];
    this.runWorker(nowUs, actions);
    const { worker } = this;
    if (worker.at !== 'staged') return actions;
    const [round, ...rest] = worker.rounds;
    let us = 0;
    for (const change of round!.changes) {
      layerSlots(this.placement, change.layer).set(change.slots);
      us += this.costs.copyUs(change.hops);
    }
    actions.push({ kind: 'copy', us });
    for (const { layer } of round!.changes) actions.push({ kind: 'commit', layer });
    const noticedUs = nowUs + POLL_US;
    if (rest.length > 0) this.worker = this.sendRound(rest, noticedUs);
    else {
      this.counts.fill(0); // what was gathered during the move is discarded
      this.worker = { at: 'asleep', untilUs: noticedUs + this.settings.tick * 1e6 };
    }
    return actions;
  }

  after(pass: Pass): readonly Action[] {
    if (pass.kind !== 'real') return [];
    const { counts } = this;
    for (let i = 0; i < counts.length; i++) counts[i]! += pass.tokens[i]!;
    return [];
  }

  private runWorker(nowUs: number, actions: Action[]): void {
    for (;;) {
      const { worker } = this;
      if (worker.at === 'asleep' && worker.untilUs <= nowUs) this.optimise(worker.untilUs, nowUs, actions);
      else if (worker.at === 'sending' && worker.untilUs <= nowUs) {
        for (const { layer, hops } of worker.rounds[0]!.changes) {
          actions.push({ kind: 'move', layer, hops, us: this.costs.moveUs(hops), how: 'background' });
        }
        this.worker = { at: 'staged', rounds: worker.rounds };
      } else return;
    }
  }

  private optimise(wokeUs: number, nowUs: number, actions: Action[]): void {
    const { layers, experts, ranks } = this.shape;
    const load = { episodes: 1, layers, experts, tokens: this.counts.slice() };
    const { slotsPerRank } = this.placement;
    const old = this.placement;
    const next = references['omni-dynamic']({ load, ranks, slotsPerRank, old, maxReplicas: this.settings.perExpert });
    const us = this.costs.planUs('omni-dynamic', layers);
    actions.push({ kind: 'plan', us, blocking: false });
    this.counts.fill(0);
    const rounds = mergeRounds(slotChanges(old, next, ranks), ranks, slotsPerRank[0]!);
    if (rounds.length > 0) this.worker = this.sendRound(rounds, Math.max(wokeUs, nowUs) + us);
    else this.worker = { at: 'asleep', untilUs: wokeUs + us + this.settings.tick * 1e6 };
  }

  /** Batch after batch, each begun by a hand-shake of all ranks. */
  private sendRound(rounds: readonly Round[], startUs: number): Worker {
    const us = rounds[0]!.batches.reduce((sum, batch) => sum + this.costs.moveUs(batch), 0);
    return { at: 'sending', rounds, untilUs: startUs + us };
  }
}

type Worker =
  | { readonly at: 'asleep'; readonly untilUs: number }
  | { readonly at: 'sending'; readonly rounds: readonly Round[]; readonly untilUs: number }
  | { readonly at: 'staged'; readonly rounds: readonly Round[] };

export interface Change {
  readonly layer: number;
  readonly slots: Int32Array;
  readonly hops: readonly Hop[];
}

export interface Round {
  readonly changes: readonly Change[];
  /** in a batch a rank takes part in one transfer at most */
  readonly batches: readonly (readonly Hop[])[];
}

/** What each layer that differs takes to become the next. */
export function slotChanges(old: Placement, next: Placement, ranks: number): Change[] {
  const changes: Change[] = [];
  for (let layer = 0; layer < old.layers; layer++) {
    const before = layerSlots(old, layer);
    const slots = layerSlots(next, layer);
    if (slots.every((expert, slot) => expert === before[slot])) continue;
    changes.push({ layer, slots, hops: omniHops(before, slots, ranks) });
  }
  return changes;
}

/** Layers share a round while no rank gets more experts in it than the queue holds: its slots per layer. */
export function mergeRounds(changes: readonly Change[], ranks: number, queueSize: number): Round[] {
  const groups: Change[][] = [];
  let arriving = new Int32Array(ranks);
  for (const change of changes) {
    const more = arriving.slice();
    for (const { to } of change.hops) more[to]! += 1;
    if (groups.length === 0 || more.some((count) => count > queueSize)) {
      groups.push([]);
      arriving = new Int32Array(ranks);
      for (const { to } of change.hops) arriving[to]! += 1;
    } else arriving = more;
    groups.at(-1)!.push(change);
  }
  return groups.map((group) => ({ changes: group, batches: batchesOf(group.flatMap(({ hops }) => hops)) }));
}

function batchesOf(hops: readonly Hop[]): Hop[][] {
  const batches: { readonly busy: Set<number>; readonly hops: Hop[] }[] = [];
  for (const hop of hops) {
    let batch = batches.find(({ busy }) => !busy.has(hop.from) && !busy.has(hop.to));
    if (batch === undefined) {
      batch = { busy: new Set(), hops: [] };
      batches.push(batch);
    }
    batch.busy.add(hop.from).add(hop.to);
    batch.hops.push(hop);
  }
  return batches.map((batch) => batch.hops);
}
