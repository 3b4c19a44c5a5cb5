import type { Action, Costs, Hop, LifeCycle, Pass, Shape } from '../moves/lifeCycle.ts';
import { addToExperts, repeatSlots } from '../moves/slotLoads.ts';
import { layerSlots, type Placement, references, vllmInitialSlots } from '../placement/index.ts';
import { vllmHops } from './engineHops.ts';

export interface VllmSettings {
  /** passes whose loads are kept */
  readonly window: number;
  /** passes from one rearrangement to the next */
  readonly interval: number;
  /** redundant experts of a layer, over all ranks */
  readonly redundant: number;
  /** layers move behind the passes, at most one per pass */
  readonly async: boolean;
  /** `first`: as first published, every real pass is recorded; `current`: only passes that can count at the interval */
  readonly form: 'first' | 'current';
  /** expert groups of the model and hosts, for the hierarchical policy; 1 and 1: global */
  readonly groups: number;
  readonly nodes: number;
  /** 0: no log; n: every n-th pass by the rearrangement counter (`first`: every pass) */
  readonly logInterval: number;
}

/**
 * vLLM's EplbState, `after` being its step(). The ring is of physical experts: what was recorded under an earlier map is
 * counted by the map at the time of rearrangement, as vLLM does it (seen where the window is longer than the interval).
 */
export class VllmLifeCycle implements LifeCycle {
  readonly routing = 'uniform';
  readonly placement: Placement;
  /** passes since the last rearrangement; the first comes after a quarter of the interval */
  rearrangementStep: number;
  /** [rank], row of the ring that is written next; ranks differ where some ran dummy passes */
  readonly windowStep: Int32Array;
  private readonly ring: Float32Array; // [window][layer][slot]
  private readonly settings: VllmSettings;
  private readonly shape: Shape;
  private readonly costs: Costs;
  private worker: Worker | undefined;

  constructor(settings: VllmSettings, shape: Shape, costs: Costs) {
    this.settings = settings;
    this.shape = shape;
    this.costs = costs;
    const slots = shape.experts + settings.redundant;
    const initial = vllmInitialSlots(shape.experts, shape.ranks, slots / shape.ranks);
    this.placement = repeatSlots(initial, shape.layers, shape.ranks, shape.experts);
    this.windowStep = new Int32Array(shape.ranks);
    this.ring = new Float32Array(settings.window * this.placement.slotExpert.length);
    this.rearrangementStep = Math.max(0, settings.interval - Math.floor(settings.interval / 4));
  }

  /** A layer is on its way: the counter runs on, nothing new is planned. */
  get isTransferring(): boolean {
    return this.worker !== undefined;
  }

  before(): readonly Action[] {
    return [];
  }

  after(pass: Pass, nowUs: number): readonly Action[] {
    if (pass.kind === 'profile') return [{ kind: 'profile' }];
    const actions: Action[] = [];
    const { interval, logInterval } = this.settings;
    const logs = this.logsNow(logInterval);
    const recording =
      this.settings.form === 'first' || interval - this.rearrangementStep <= this.settings.window || logs;
    if (logs) actions.push(this.balancedness(pass));
    if (pass.kind === 'real' && recording) this.record(pass);
    this.rearrangementStep += 1; // dummy passes too: all ranks must meet in the collectives
    this.consumeLayer(nowUs, actions);
    if (this.rearrangementStep >= interval && this.worker === undefined) {
      this.rearrangementStep = 0;
      this.rearrange(nowUs, actions);
    }
    return actions;
  }

  private logsNow(logInterval: number): boolean {
    if (logInterval === 0) return false;
    return this.settings.form === 'first' || this.rearrangementStep % logInterval === 0;
  }

  /** Each rank writes what its slots got; one that ran without requests drops it, and its ring stands still. */
  private record({ slotTokens, dummyRanks }: Pass): void {
    const { ranks, layers, layerOffset, slotsPerRank } = this.placement;
    for (let rank = 0; rank < ranks; rank++) {
      if (dummyRanks?.[rank] === 1 && this.settings.form === 'first') continue;
      const row = this.windowStep[rank]! * slotTokens.length;
      for (let layer = 0; layer < layers; layer++) {
        const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
        this.ring.set(slotTokens.subarray(first, first + slotsPerRank[layer]!), row + first);
      }
      this.windowStep[rank] = (this.windowStep[rank]! + 1) % this.settings.window;
    }
  }

  /** Mean and highest rank load, each summed over layers; a dummy pass counts nothing. */
  private balancedness({ kind, slotTokens }: Pass): Action {
    let average = 0;
    let highest = 0;
    const { ranks, layerOffset, slotsPerRank } = this.placement;
    for (let layer = 0; layer < this.shape.layers && kind === 'real'; layer++) {
      let most = 0;
      for (let rank = 0; rank < ranks; rank++) {
        let load = 0;
        const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
        for (let slot = first; slot < first + slotsPerRank[layer]!; slot++) load += slotTokens[slot]!;
        average += load / ranks;
        most = Math.max(most, load);
      }
      highest += most;
    }
    return { kind: 'log', average, highest, balancedness: highest > 0 ? average / highest : 0 };
  }

  private rearrange(nowUs: number, actions: Action[]): void {
    const { groups, nodes } = this.settings;
    const { experts, layers, ranks } = this.shape;
    const load = { episodes: 1, layers, experts, tokens: this.windowLoad() };
    const slotsPerRank = this.placement.slotsPerRank;
    const next = references.vllm({ load, ranks, slotsPerRank, old: this.placement, groups, nodes });
    const planUs = this.costs.planUs('vllm', layers);
    actions.push({ kind: 'plan', us: planUs, blocking: !this.settings.async });
    if (this.settings.async) {
      this.worker = this.startLayer(next, 0, nowUs + planUs);
      return;
    }
    for (let layer = 0; layer < layers; layer++) {
      const hops = vllmHops(layerSlots(this.placement, layer), layerSlots(next, layer), ranks);
      actions.push({ kind: 'move', layer, hops, us: this.costs.moveUs(hops), how: 'stall' });
    }
    this.placement.slotExpert.set(next.slotExpert);
    for (let layer = 0; layer < layers; layer++) actions.push({ kind: 'commit', layer });
  }

  private windowLoad(): Float64Array {
    const slots = this.placement.slotExpert.length;
    const sum = new Float64Array(slots);
    for (let row = 0; row < this.settings.window; row++) {
      for (let slot = 0, at = row * slots; slot < slots; slot++, at++) sum[slot]! += this.ring[at]!;
    }
    const experts = new Float64Array(this.shape.layers * this.shape.experts);
    addToExperts(this.placement, sum, experts);
    return experts;
  }

  private startLayer(next: Placement, layer: number, startUs: number): Worker {
    const hops = vllmHops(layerSlots(this.placement, layer), layerSlots(next, layer), this.shape.ranks);
    const us = this.costs.moveUs(hops);
    return { next, layer, hops, us, readyUs: startUs + us };
  }

  /** The worker holds one layer ready at a time and goes on when it was taken. */
  private consumeLayer(nowUs: number, actions: Action[]): void {
    const { worker } = this;
    if (worker === undefined || worker.readyUs > nowUs) return;
    const { layer, next, hops, us } = worker;
    layerSlots(this.placement, layer).set(layerSlots(next, layer));
    actions.push({ kind: 'move', layer, hops, us, how: 'background' });
    actions.push({ kind: 'copy', us: this.costs.copyUs(hops) });
    actions.push({ kind: 'commit', layer });
    this.worker = layer + 1 < this.shape.layers ? this.startLayer(next, layer + 1, nowUs) : undefined;
  }
}

interface Worker {
  readonly next: Placement;
  /** in the buffer, or on its way there */
  readonly layer: number;
  readonly hops: readonly Hop[];
  readonly us: number;
  readonly readyUs: number;
}
