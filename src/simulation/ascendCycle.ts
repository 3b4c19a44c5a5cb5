import type { Action, Costs, LifeCycle, Pass, Shape } from '../moves/lifeCycle.ts';
import { addToExperts, repeatSlots } from '../moves/slotLoads.ts';
import { type Load, layerSlots, type Placement, references, vllmInitialSlots } from '../placement/index.ts';
import { greedyHops } from './engineHops.ts';
import { FlashlbCycle } from './flashlbCycle.ts';

const PLANNERS = { 1: 'ascend-default', 2: 'swift', 3: 'flashlb' } as const;

export interface AscendSettings {
  /** expert_heat_collection_interval: passes of which loads are collected */
  readonly heat: number;
  /** algorithm_execution_interval: passes that the planner may take */
  readonly algorithm: number;
  readonly redundant: number;
  /** eplb_policy_type: 1 DefaultEplb, 2 SwiftBalance, 3 FlashLB (collects pass by pass) */
  readonly policy: 1 | 2 | 3;
  /** eplb_heat_collection_stage: other passes don't count while heat is collected */
  readonly stage: 'all' | 'prefill' | 'decode';
  /** expert_map_record_path is set: weights travel, but nothing is put in service */
  readonly record: boolean;
  /** FlashLB's choice of layers by gain, which the release ignores, takes effect */
  readonly cherryPick: boolean;
  /** with cherryPick: most layers of a period; 0: all that gain */
  readonly maxLayers: number;
}

/** vllm-ascend's EplbUpdator: `before` is forward_before, `after` is forward_end. The period is heat + algorithm + layers. */
export class AscendLifeCycle implements LifeCycle {
  readonly routing = 'by-rank';
  readonly placement: Placement;
  /** cur_iterations */
  iteration = 0;
  private readonly settings: AscendSettings;
  private readonly shape: Shape;
  private readonly costs: Costs;
  /** single stage: [layer][slot], since the period began; multi-stage: [pass][layer][slot], a ring of `heat` passes */
  private readonly moeLoad: Float64Array | Float32Array;
  private ringRow = 0;
  private readonly flashlb: FlashlbCycle;
  private planned: { readonly updates: Update[]; readonly readyUs: number } | undefined;
  private updates: Update[] = [];

  constructor(settings: AscendSettings, shape: Shape, costs: Costs) {
    this.settings = settings;
    this.shape = shape;
    this.costs = costs;
    const slotsPerRank = (shape.experts + settings.redundant) / shape.ranks;
    const initial = vllmInitialSlots(shape.experts, shape.ranks, slotsPerRank);
    this.placement = repeatSlots(initial, shape.layers, shape.ranks, shape.experts);
    const slots = this.placement.slotExpert.length;
    this.moeLoad = settings.policy === 3 ? new Float32Array(slots * settings.heat) : new Float64Array(slots);
    this.flashlb = new FlashlbCycle(shape.layers, shape.ranks);
  }

  before(pass: Pass, nowUs: number): readonly Action[] {
    if (pass.kind === 'profile') return [];
    const actions: Action[] = [];
    const { heat, algorithm } = this.settings;
    if (this.iteration === heat + algorithm - 1 && this.planned !== undefined) {
      const { readyUs, updates } = this.planned;
      if (readyUs > nowUs) actions.push({ kind: 'wait', us: readyUs - nowUs }); // a blocking get()
      this.updates = updates;
      this.planned = undefined;
    }
    const update = this.updatesNow() ? this.updates[0] : undefined;
    if (update !== undefined) {
      const { layer, slots } = update;
      const hops = greedyHops(layerSlots(this.placement, layer), slots, this.shape.ranks);
      actions.push({ kind: 'move', layer, hops, us: this.costs.moveUs(hops), how: 'pass' });
    }
    return actions;
  }

  after(pass: Pass, nowUs: number): readonly Action[] {
    if (pass.kind === 'profile') return [];
    const actions: Action[] = [];
    const { heat, record } = this.settings;
    if (this.leftOut(pass)) return actions;
    this.collect(pass.slotTokens);
    if (this.iteration === heat - 1) this.plan(nowUs, actions);
    if (this.updatesNow()) {
      const update = this.updates.shift();
      if (update !== undefined && !record) this.commit(update, actions);
    }
    this.countIteration(actions);
    return actions;
  }

  private updatesNow(): boolean {
    const done = this.iteration - (this.settings.heat + this.settings.algorithm);
    return done >= 0 && done < this.shape.layers;
  }

  /** While heat is collected, passes of another stage neither count nor advance the counter. */
  private leftOut(pass: Pass): boolean {
    const { stage, heat } = this.settings;
    return stage !== 'all' && pass.phase !== stage && this.iteration < heat;
  }

  private collect(slotTokens: Float64Array): void {
    const { moeLoad } = this;
    if (this.settings.policy === 3) {
      moeLoad.set(slotTokens, this.ringRow * slotTokens.length);
      this.ringRow = (this.ringRow + 1) % this.settings.heat;
      return;
    }
    for (let slot = 0; slot < slotTokens.length; slot++) moeLoad[slot]! += slotTokens[slot]!;
  }

  /** The planner process is woken; what it will answer follows from what it was given. */
  private plan(nowUs: number, actions: Action[]): void {
    const { policy, cherryPick, maxLayers } = this.settings;
    const name = PLANNERS[policy];
    const us = this.costs.planUs(name, this.shape.layers);
    actions.push({ kind: 'plan', us, blocking: false });
    this.planned = { updates: this.solve(policy, cherryPick, maxLayers), readyUs: nowUs + us };
  }

  private solve(policy: 1 | 2 | 3, cherryPick: boolean, maxLayers: number): Update[] {
    const load = this.expertLoad();
    if (policy !== 3) {
      const { slotsPerRank } = this.placement;
      const next = references[PLANNERS[policy]]({ load, ranks: this.shape.ranks, slotsPerRank, old: this.placement });
      return this.checked(
        Array.from({ length: this.shape.layers }, (_, layer) => ({ layer, slots: layerSlots(next, layer) })),
      );
    }
    const planned = this.flashlb.plan(load, this.placement);
    if (cherryPick) {
      const gaining = planned.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain || a.layer - b.layer);
      return this.checked(maxLayers > 0 ? gaining.slice(0, maxLayers) : gaining);
    }
    const tables = new Map(planned.map((one) => [one.layer, one.slots]));
    return this.checked(
      Array.from({ length: this.shape.layers }, (_, layer) => ({
        layer,
        slots: tables.get(layer) ?? layerSlots(this.placement, layer).slice(),
      })),
    );
  }

  /** The worker keeps a layer as it is where the new table is unsound. */
  private checked(updates: readonly Update[]): Update[] {
    return updates.map(({ layer, slots }) => {
      const old = layerSlots(this.placement, layer);
      return { layer, slots: isSound(old, slots, this.shape) ? slots : old.slice() };
    });
  }

  private expertLoad(): Load {
    const { layers, experts } = this.shape;
    const slots = this.placement.slotExpert.length;
    const episodes = this.moeLoad.length / slots;
    const tokens = new Float64Array(episodes * layers * experts);
    for (let episode = 0; episode < episodes; episode++) {
      const row = (this.ringRow + episode) % episodes; // oldest first
      const into = tokens.subarray(episode * layers * experts, (episode + 1) * layers * experts);
      addToExperts(this.placement, this.moeLoad.subarray(row * slots, (row + 1) * slots), into);
    }
    return { episodes, layers, experts, tokens };
  }

  private commit({ layer, slots }: Update, actions: Action[]): void {
    const current = layerSlots(this.placement, layer);
    const hops = greedyHops(current, slots, this.shape.ranks);
    current.set(slots);
    actions.push({ kind: 'copy', us: this.costs.copyUs(hops) }, { kind: 'commit', layer });
  }

  private countIteration(actions: Action[]): void {
    const { heat, algorithm, record } = this.settings;
    this.iteration += 1;
    if (this.iteration !== heat + algorithm + this.shape.layers) return;
    if (record) actions.push({ kind: 'record' });
    this.moeLoad.fill(0);
    this.ringRow = 0;
    this.iteration = 0;
  }
}

interface Update {
  readonly layer: number;
  /** [rank][slot] */
  readonly slots: Int32Array;
}

/** Every expert is there, none twice on a rank, and those that stay on a rank kept their slot. */
function isSound(old: Int32Array, next: Int32Array, { experts, ranks }: Shape): boolean {
  const slotsPerRank = next.length / ranks;
  const present = new Set(next);
  for (let expert = 0; expert < experts; expert++) if (!present.has(expert)) return false;
  for (let first = 0; first < next.length; first += slotsPerRank) {
    const before = old.subarray(first, first + slotsPerRank);
    const after = next.subarray(first, first + slotsPerRank);
    if (new Set(after).size !== slotsPerRank) return false;
    for (let slot = 0; slot < slotsPerRank; slot++) {
      if (before.includes(after[slot]!) && before[slot] !== after[slot]) return false;
    }
  }
  return true;
}
