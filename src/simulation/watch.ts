import { type Load, layerSlots, type Placement } from '../placement/index.ts';
import { vllmInitialSlots } from '../placement/references/vllm.ts';
import { place } from '../placement/solver/solve.ts';
import { balancedHops } from './hops.ts';
import type { Action, Costs, Hop, LifeCycle, Pass, Routing, Shape } from './lifeCycle.ts';
import { relabelled } from './relabel.ts';
import { pickLayers, repeatSlots } from './slotLoads.ts';

export interface WatchSettings {
  /** passes of one episode; a look at the load comes at the end of each */
  readonly episode: number;
  /** episodes that count */
  readonly window: number;
  readonly redundant: number;
  /** layers of at most this PAR, mean over the window's episodes, stay */
  readonly threshold: number;
  /** passes within which a move must earn back what it costs */
  readonly payback: number;
  /** episodes that a moved layer is left alone */
  readonly cooldown: number;
  /** most experts of a layer that move at once, by the engine's search for few moves; 0: any number, quicker */
  readonly moves: number;
  readonly routing: Routing;
  readonly seed: number;
}

/**
 * `balance --watch`: at the end of each episode the layers above the threshold are placed anew; those
 * whose saved time over `payback` passes is more than their move costs are moved, one per pass, behind the passes.
 */
export class WatchLifeCycle implements LifeCycle {
  readonly routing: Routing;
  readonly placement: Placement;
  private readonly settings: WatchSettings;
  private readonly shape: Shape;
  private readonly costs: Costs;
  /** [window][layer][expert], a ring */
  private readonly ring: Float64Array;
  private passes = 0;
  private episodes = 0;
  /** [layer], episode from which on it may move */
  private readonly restsUntil: Int32Array;
  private moving: Moving[] = [];

  constructor(settings: WatchSettings, shape: Shape, costs: Costs) {
    this.settings = settings;
    this.shape = shape;
    this.costs = costs;
    this.routing = settings.routing;
    const { layers, ranks, experts } = shape;
    const slotsPerRank = (experts + settings.redundant) / ranks;
    this.placement = repeatSlots(vllmInitialSlots(experts, ranks, slotsPerRank), layers, ranks, experts);
    this.ring = new Float64Array(settings.window * layers * experts);
    this.restsUntil = new Int32Array(layers);
  }

  before(): readonly Action[] {
    return [];
  }

  after(pass: Pass, nowUs: number): readonly Action[] {
    const actions: Action[] = [];
    if (pass.kind === 'profile') return actions;
    this.finishMove(nowUs, actions);
    if (pass.kind === 'dummy') return actions;
    this.collect(pass.tokens);
    this.passes += 1;
    if (this.passes % this.settings.episode !== 0) return actions;
    this.episodes += 1;
    if (this.moving.length === 0) this.look(nowUs, actions);
    return actions;
  }

  private collect(tokens: Float64Array): void {
    const { episode, window } = this.settings;
    const row = Math.floor(this.passes / episode) % window;
    const into = this.ring.subarray(row * tokens.length, (row + 1) * tokens.length);
    if (this.passes % episode === 0) into.fill(0);
    for (let i = 0; i < tokens.length; i++) into[i]! += tokens[i]!;
  }

  private look(nowUs: number, actions: Action[]): void {
    const { ranks, ranksPerHost } = this.shape;
    const hot = this.hotLayers();
    if (hot.length === 0) return;
    const us = this.costs.planUs('omniplace', hot.length);
    actions.push({ kind: 'plan', us, blocking: false });
    const load = this.windowLoad(hot);
    const old = pickLayers(this.placement, hot);
    const split = this.routing === 'affine' ? 'affine' : 'uniform';
    const { slotsPerRank } = old;
    const { seed } = this.settings;
    const budget = this.settings.moves;
    const limits = budget === 0 ? {} : { old, maxMoves: { perLayer: budget } };
    const next = place({ load, ranks, slotsPerRank, ranksPerHost, split, seed, effort: 0, ...limits });
    for (const [i, layer] of hot.entries()) {
      const before = layerSlots(old, i);
      const wanted = layerSlots(next, i);
      // under affine routing it matters where a copy stands, so that ranks can't be renumbered
      const slots = budget > 0 || split === 'affine' ? wanted : relabelled(before, wanted, ranks);
      const move = this.weigh(layer, before, slots, load, i);
      if (move !== undefined) this.moving.push(move);
    }
    this.moving.sort((a, b) => b.profitUs - a.profitUs || a.layer - b.layer);
    this.startMove(nowUs + us);
  }

  /** Undefined: the move would not earn back what it costs. */
  private weigh(layer: number, old: Int32Array, slots: Int32Array, load: Load, index: number): Moving | undefined {
    const hops = balancedHops(old, slots, this.shape.ranks, this.shape.ranksPerHost);
    if (hops.length === 0) return undefined;
    const us = this.costs.moveUs(hops);
    let savedUs = 0;
    for (let episode = 0; episode < load.episodes; episode++) {
      const first = (episode * load.layers + index) * load.experts;
      const mean = load.tokens.slice(first, first + load.experts);
      for (let e = 0; e < mean.length; e++) mean[e]! /= this.settings.episode;
      savedUs += (this.costs.layerUs(mean, old) - this.costs.layerUs(mean, slots)) / load.episodes;
    }
    const profitUs = savedUs * this.settings.payback - this.costs.hiddenUs(us) - this.costs.copyUs(hops);
    return profitUs > 0 ? { layer, slots, hops, us, profitUs, readyUs: 0 } : undefined;
  }

  private hotLayers(): number[] {
    const { layers, experts, ranks } = this.shape;
    const all = Array.from({ length: layers }, (_, layer) => layer);
    const { tokens, episodes } = this.windowLoad(all);
    return all.filter((layer) => {
      if (this.restsUntil[layer]! > this.episodes) return false;
      let par = 0;
      for (let episode = 0; episode < episodes; episode++) {
        const first = (episode * layers + layer) * experts;
        par += parOf(tokens.subarray(first, first + experts), layerSlots(this.placement, layer), ranks) / episodes;
      }
      return par > this.settings.threshold;
    });
  }

  private windowLoad(layers: readonly number[]): Load {
    const { experts, layers: numLayers } = this.shape;
    const episodes = Math.min(this.episodes, this.settings.window);
    const tokens = new Float64Array(episodes * layers.length * experts);
    for (let episode = 0; episode < episodes; episode++) {
      for (const [i, layer] of layers.entries()) {
        const first = (episode * numLayers + layer) * experts;
        tokens.set(this.ring.subarray(first, first + experts), (episode * layers.length + i) * experts);
      }
    }
    return { episodes, layers: layers.length, experts, tokens };
  }

  private startMove(nowUs: number): void {
    const next = this.moving[0];
    if (next !== undefined) this.moving[0] = { ...next, readyUs: nowUs + next.us };
  }

  private finishMove(nowUs: number, actions: Action[]): void {
    const done = this.moving[0];
    if (done === undefined || done.readyUs > nowUs) return;
    const { layer, slots, hops, us } = done;
    layerSlots(this.placement, layer).set(slots);
    this.restsUntil[layer] = this.episodes + this.settings.cooldown + 1;
    actions.push({ kind: 'move', layer, hops, us, how: 'background' });
    actions.push({ kind: 'copy', us: this.costs.copyUs(hops) }, { kind: 'commit', layer });
    this.moving.shift();
    this.startMove(nowUs);
  }
}

interface Moving {
  readonly layer: number;
  readonly slots: Int32Array;
  readonly hops: readonly Hop[];
  readonly us: number;
  /** saved within the payback, less the cost */
  readonly profitUs: number;
  readonly readyUs: number;
}

/** Replicas share evenly. */
function parOf(tokens: Float64Array, slots: Int32Array, ranks: number): number {
  const counts = new Float64Array(tokens.length);
  for (const expert of slots) if (expert >= 0) counts[expert]! += 1;
  const width = slots.length / ranks;
  let highest = 0;
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) {
    let load = 0;
    for (let slot = rank * width; slot < (rank + 1) * width; slot++) {
      if (slots[slot]! >= 0) load += tokens[slots[slot]!]! / counts[slots[slot]!]!;
    }
    sum += load;
    highest = Math.max(highest, load);
  }
  return sum === 0 ? 1 : (highest * ranks) / sum;
}
