import type { CostModel } from '../moves/costModel.ts';
import type { Routing, Shape } from '../moves/lifeCycle.ts';
import { sharesOf } from '../moves/routing.ts';
import { layerSlots, type Placement } from '../placement/index.ts';

/** Sums of one pass; made once, overwritten by each. */
export interface PassResult {
  /** µs of the pass, without stalls */
  us: number;
  /** [layer] */
  readonly par: Float64Array;
  /** [rank], over all layers */
  readonly rankTokens: Float64Array;
  /** [rank], of one layer: what sums over layers hide */
  readonly layer0RankTokens: Float64Array;
  /** tokens that left their host, over all layers */
  acrossTokens: number;
  /** all, over all layers */
  tokens: number;
}

/**
 * Placement, routing and cost model compiled into flat arrays, so that a pass is one walk over the slots. An expert on a
 * rank takes the longer of reading its weights and computing its tokens; one with less than a token expected is there
 * in that share of passes. A layer takes its slowest rank, its busiest link, and what it takes anyway.
 */
export class PassTable {
  private readonly token: Int32Array; // index into the pass's tokens
  private readonly share: Float64Array;
  private readonly far: Float64Array;
  private readonly linkUs: Float64Array; // µs of the rank's links per token of the expert
  private readonly model: CostModel;
  private readonly shape: Shape;
  private readonly routing: Routing;
  private readonly placement: Placement;
  private readonly lost: ReadonlySet<number>;

  constructor(
    model: CostModel,
    shape: Shape,
    routing: Routing,
    placement: Placement,
    lost: ReadonlySet<number> = new Set(),
  ) {
    this.model = model;
    this.shape = shape;
    this.routing = routing;
    this.placement = placement;
    this.lost = lost;
    const slots = placement.slotExpert.length;
    this.token = new Int32Array(slots);
    this.share = new Float64Array(slots);
    this.far = new Float64Array(slots);
    this.linkUs = new Float64Array(slots);
    for (let layer = 0; layer < placement.layers; layer++) this.compile(layer);
  }

  /** After a commit: the layer as it is now. */
  compile(layer: number): void {
    const { experts, ranks, ranksPerHost } = this.shape;
    const { tokenBytes, withinHostGBps, acrossHostsGBps } = this.model;
    const slots = layerSlots(this.placement, layer);
    const { share, near, far } = sharesOf(slots, { experts, ranks, ranksPerHost }, this.routing, this.lost);
    const base = this.placement.layerOffset[layer]!;
    this.share.set(share, base);
    this.far.set(far, base);
    for (let slot = 0; slot < slots.length; slot++) {
      this.token[base + slot] = layer * experts + Math.max(0, slots[slot]!);
      this.linkUs[base + slot] =
        near[slot]! * (tokenBytes / (withinHostGBps * 1_000)) + far[slot]! * (tokenBytes / (acrossHostsGBps * 1_000));
    }
  }

  /** `slotTokens`, [layer][rank][slot], is written. */
  run(tokens: Float64Array, slotTokens: Float64Array, into: PassResult): void {
    const { token, share, far, linkUs } = this;
    const { computeUsPerToken, expertReadUs, otherUsPerLayer, otherUsPerPass } = this.model;
    const { layers, ranks, slotsPerRank, layerOffset } = this.placement;
    const { par, rankTokens, layer0RankTokens } = into;
    const alive = ranks - this.lost.size;
    const fewUs = Math.max(expertReadUs, computeUsPerToken);
    let us = otherUsPerPass;
    let across = 0;
    let all = 0;
    rankTokens.fill(0);
    for (let layer = 0; layer < layers; layer++) {
      let slot = layerOffset[layer]!;
      const width = slotsPerRank[layer]!;
      let peak = 0;
      let sum = 0;
      let slowestUs = 0;
      let busiestUs = 0;
      for (let rank = 0; rank < ranks; rank++) {
        let load = 0;
        let rankUs = 0;
        let netUs = 0;
        for (const past = slot + width; slot < past; slot++) {
          const routed = tokens[token[slot]!]!;
          const here = routed * share[slot]!;
          slotTokens[slot] = here;
          load += here;
          const computeUs = here * computeUsPerToken;
          rankUs += here < 1 ? here * fewUs : Math.max(computeUs, expertReadUs);
          netUs += routed * linkUs[slot]!;
          across += routed * far[slot]!;
        }
        rankTokens[rank] = rankTokens[rank]! + load;
        if (layer === 0) layer0RankTokens[rank] = load;
        sum += load;
        if (load > peak) peak = load;
        if (rankUs > slowestUs) slowestUs = rankUs;
        if (netUs > busiestUs) busiestUs = netUs;
      }
      all += sum;
      par[layer] = sum === 0 ? 1 : (peak * alive) / sum;
      us += slowestUs + busiestUs + otherUsPerLayer;
    }
    into.us = us;
    into.acrossTokens = across;
    into.tokens = all;
  }
}

export function emptyResult(shape: Shape): PassResult {
  return {
    us: 0,
    par: new Float64Array(shape.layers),
    rankTokens: new Float64Array(shape.ranks),
    layer0RankTokens: new Float64Array(shape.ranks),
    acrossTokens: 0,
    tokens: 0,
  };
}

/** µs of one layer of one pass, for life cycles that weigh a gain against its cost. */
export function layerPricer(model: CostModel, shape: Shape, routing: Routing) {
  const one: Shape = { ...shape, layers: 1 };
  const result = emptyResult(one);
  return (tokens: Float64Array, slots: Int32Array): number => {
    const placement: Placement = {
      layers: 1,
      ranks: shape.ranks,
      experts: shape.experts,
      slotsPerRank: Int32Array.of(slots.length / shape.ranks),
      layerOffset: Int32Array.of(0, slots.length),
      slotExpert: slots,
    };
    new PassTable(model, one, routing, placement).run(tokens, new Float64Array(slots.length), result);
    return result.us - model.otherUsPerPass;
  };
}
