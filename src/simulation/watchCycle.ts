import { decideLayers, type LayerMove } from '../moves/layerMoves.ts';
import type { Action, Costs, LifeCycle, Pass, Routing, Shape } from '../moves/lifeCycle.ts';
import { repeatSlots } from '../moves/slotLoads.ts';
import { type Load, layerSlots, type Placement, vllmInitialSlots } from '../placement/index.ts';

export interface WatchSettings {
  /** passes of one episode; a look at the load comes at the end of each */
  readonly episode: number;
  /** episodes that count */
  readonly window: number;
  readonly redundant: number;
  /** layers of at most this PAR, mean over the window's episodes, stay */
  readonly threshold: number;
  /** share by which a layer's PAR must fall at least */
  readonly gain: number;
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
    const { threshold, gain, moves, seed } = this.settings;
    const verdicts = decideLayers({
      load: this.windowLoad(),
      placement: this.placement,
      shape: this.shape,
      routing: this.routing,
      threshold,
      leastGain: gain,
      fewMoves: moves === 0 ? null : moves,
      seed,
      effort: 0,
      rests: (layer) => this.restsUntil[layer]! > this.episodes,
      parOf: (slots) => evenPar(slots, this.shape),
      savedUs: (load, index, old, next) => this.savedUs(load, index, old, next),
      costs: this.costs,
    });
    const numHot = verdicts.filter(({ verdict }) => verdict === 'move' || verdict === 'not-worth').length;
    if (numHot === 0) return;
    const us = this.costs.planUs('omniplace', numHot);
    actions.push({ kind: 'plan', us, blocking: false });
    for (const one of verdicts) if (one.verdict === 'move') this.moving.push({ ...one.move, readyUs: 0 });
    this.moving.sort((a, b) => b.profitUs - a.profitUs || a.layer - b.layer);
    this.startMove(nowUs + us);
  }

  private savedUs(load: Load, index: number, old: Int32Array, next: Int32Array): number {
    let savedUs = 0;
    for (let episode = 0; episode < load.episodes; episode++) {
      const first = (episode * load.layers + index) * load.experts;
      const mean = load.tokens.slice(first, first + load.experts);
      for (let e = 0; e < mean.length; e++) mean[e]! /= this.settings.episode;
      savedUs += (this.costs.layerUs(mean, old) - this.costs.layerUs(mean, next)) / load.episodes;
    }
    return savedUs * this.settings.payback;
  }

  private windowLoad(): Load {
    const { experts, layers } = this.shape;
    const episodes = Math.min(this.episodes, this.settings.window);
    return { episodes, layers, experts, tokens: this.ring.subarray(0, episodes * layers * experts) };
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

interface Moving extends LayerMove {
  readonly readyUs: number;
}

/** Replicas share evenly. */
function evenPar(slots: Int32Array, { ranks, experts }: Shape): (tokens: Float64Array) => number {
  const counts = new Float64Array(experts);
  for (const expert of slots) if (expert >= 0) counts[expert]! += 1;
  const width = slots.length / ranks;
  return (tokens) => {
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
  };
}
