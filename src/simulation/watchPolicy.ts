import { type Load, layerSlots, type Placement } from '../placement/index.ts';
import { place } from '../placement/solver/solve.ts';
import { balancedHops } from './hops.ts';
import type { Costs, Hop, Routing, Shape } from './lifeCycle.ts';
import { relabelled } from './relabel.ts';
import { pickLayers } from './slotLoads.ts';

/** One look of `balance --watch` at an instance. The simulation and the command decide by this one function. */
export interface WatchLook {
  /** the sliding window, by logical expert */
  readonly load: Load;
  /** in service */
  readonly placement: Placement;
  readonly shape: Shape;
  readonly routing: Routing;
  /** layers of at most this PAR, mean over the window's episodes, stay */
  readonly threshold: number;
  /** most experts of a layer that move at once, found by the search for few moves; null: placed anew, any number moves */
  readonly fewMoves: number | null;
  readonly seed: number;
  /** True for a layer that was moved a short while ago. */
  readonly rests: (layer: number) => boolean;
  /** PAR of one layer in one episode: [expert] tokens on [rank][slot] */
  readonly parOf: (tokens: Float64Array, slots: Int32Array) => number;
  /** µs that new slots save while a move has to earn its cost; `index` counts the layers of `load` */
  readonly savedUs: (load: Load, index: number, old: Int32Array, next: Int32Array) => number;
  readonly costs: Pick<Costs, 'moveUs' | 'hiddenUs' | 'copyUs'>;
}

/** Why a layer stays, or how it moves. */
export type LayerVerdict =
  | { readonly layer: number; readonly par: number; readonly verdict: 'balanced' | 'resting' | 'not-worth' }
  | { readonly layer: number; readonly par: number; readonly verdict: 'move'; readonly move: LayerMove };

export interface LayerMove {
  readonly layer: number;
  /** [rank][slot] */
  readonly slots: Int32Array;
  readonly hops: readonly Hop[];
  /** of the transfer */
  readonly us: number;
  /** saved while it earns its cost, less that cost */
  readonly profitUs: number;
}

/** A verdict on each layer, in their order. */
export function judgeLayers(look: WatchLook): readonly LayerVerdict[] {
  const pars = Array.from({ length: look.shape.layers }, (_, layer) => meanPar(look, layer));
  const hot = [...pars.keys()].filter((layer) => pars[layer]! > look.threshold && !look.rests(layer));
  const moves = new Map(placeAnew(look, hot).map((move) => [move.layer, move]));
  const wanted = new Set(hot);
  return pars.map((par, layer): LayerVerdict => {
    const move = moves.get(layer);
    if (move !== undefined) return { layer, par, verdict: 'move', move };
    if (wanted.has(layer)) return { layer, par, verdict: 'not-worth' };
    return { layer, par, verdict: par > look.threshold ? 'resting' : 'balanced' };
  });
}

/** Undefined: the move would not earn back what it costs. `index` counts the layers of `load`. */
export function weighMove(
  { shape, costs, savedUs }: Pick<WatchLook, 'shape' | 'costs' | 'savedUs'>,
  load: Load,
  index: number,
  layer: number,
  old: Int32Array,
  slots: Int32Array,
): LayerMove | undefined {
  const hops = balancedHops(old, slots, shape.ranks, shape.ranksPerHost);
  if (hops.length === 0) return undefined;
  const us = costs.moveUs(hops);
  const profitUs = savedUs(load, index, old, slots) - costs.hiddenUs(us) - costs.copyUs(hops);
  return profitUs > 0 ? { layer, slots, hops, us, profitUs } : undefined;
}

function placeAnew(look: WatchLook, hot: readonly number[]): LayerMove[] {
  if (hot.length === 0) return [];
  const { ranks, ranksPerHost } = look.shape;
  const load = pickLoad(look.load, hot);
  const old = pickLayers(look.placement, hot);
  const split = look.routing === 'affine' ? 'affine' : 'uniform';
  const { slotsPerRank } = old;
  const { seed, fewMoves } = look;
  const limits = fewMoves === null ? {} : { old, maxMoves: { perLayer: fewMoves } };
  const next = place({ load, ranks, slotsPerRank, ranksPerHost, split, seed, effort: 0, ...limits });
  return hot.flatMap((layer, i) => {
    const before = layerSlots(old, i);
    const wanted = layerSlots(next, i);
    // under affine routing it matters where a copy stands, so that ranks can't be renumbered
    const slots = fewMoves !== null || split === 'affine' ? wanted : relabelled(before, wanted, ranks);
    return weighMove(look, load, i, layer, before, slots) ?? [];
  });
}

function meanPar({ load, placement, parOf }: WatchLook, layer: number): number {
  const { episodes, layers, experts, tokens } = load;
  const slots = layerSlots(placement, layer);
  let par = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const first = (episode * layers + layer) * experts;
    par += parOf(tokens.subarray(first, first + experts), slots) / episodes;
  }
  return par;
}

function pickLoad({ episodes, layers, experts, tokens }: Load, picked: readonly number[]): Load {
  const some = new Float64Array(episodes * picked.length * experts);
  for (let episode = 0; episode < episodes; episode++) {
    for (const [i, layer] of picked.entries()) {
      const first = (episode * layers + layer) * experts;
      some.set(tokens.subarray(first, first + experts), (episode * picked.length + i) * experts);
    }
  }
  return { episodes, layers: picked.length, experts, tokens: some };
}
