import { type Load, layerSlots, type Placement, pickLayersOfLoad, place } from '../placement/index.ts';
import { balancedHops } from './hops.ts';
import type { Costs, Hop, Routing, Shape } from './lifeCycle.ts';
import { relabelled } from './relabel.ts';
import { pickLayers } from './slotLoads.ts';

/** One look of `balance --watch` at an instance. The simulation and the command decide by this one function. */
export interface DecisionInput {
  /** the sliding window, by logical expert */
  readonly load: Load;
  /** in service */
  readonly placement: Placement;
  readonly shape: Shape;
  readonly routing: Routing;
  /** layers of at most this PAR, mean over the window's episodes, stay */
  readonly threshold: number;
  /** a layer moves only where its mean PAR falls by at least this share: less is noise */
  readonly leastGain: number;
  /** most experts of a layer that move at once, found by the search for few moves; null: placed anew, any number moves */
  readonly fewMoves: number | null;
  readonly seed: number;
  /** of the solver, as in a placement problem */
  readonly effort: number;
  /** True for a layer that was moved a short while ago. */
  readonly rests: (layer: number) => boolean;
  /** For a layer's [rank][slot] its PAR in one episode, given [expert] tokens. */
  readonly parOf: (slots: Int32Array) => (tokens: Float64Array) => number;
  /** µs that new slots save while a move has to earn its cost; `index` counts the layers of `load` */
  readonly savedUs: (load: Load, index: number, old: Int32Array, next: Int32Array) => number;
  readonly costs: Pick<Costs, 'moveUs' | 'hiddenUs' | 'copyUs'>;
}

/** Why a layer stays, or how it moves. */
export type LayerDecision =
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
export function decideLayers(look: DecisionInput): readonly LayerDecision[] {
  const pars = Array.from({ length: look.shape.layers }, (_, layer) =>
    meanPar(look.load, layer, look.parOf(layerSlots(look.placement, layer))),
  );
  const hot = [...pars.keys()].filter((layer) => pars[layer]! > look.threshold && !look.rests(layer));
  const moves = new Map(proposeMoves(look, hot).map((move) => [move.layer, move]));
  const wanted = new Set(hot);
  return pars.map((par, layer): LayerDecision => {
    const move = moves.get(layer);
    if (move !== undefined) return { layer, par, verdict: 'move', move };
    if (wanted.has(layer)) return { layer, par, verdict: 'not-worth' };
    return { layer, par, verdict: par > look.threshold ? 'resting' : 'balanced' };
  });
}

/** Undefined: the move would not earn back what it costs. `index` counts the layers of `load`. */
export function evaluateMove(
  {
    shape,
    costs,
    savedUs,
    parOf,
    leastGain,
  }: Pick<DecisionInput, 'shape' | 'costs' | 'savedUs' | 'parOf' | 'leastGain'>,
  load: Load,
  index: number,
  { layer, old, slots }: { readonly layer: number; readonly old: Int32Array; readonly slots: Int32Array },
): LayerMove | undefined {
  const hops = balancedHops(old, slots, shape.ranks, shape.ranksPerHost);
  if (hops.length === 0) return undefined;
  if (leastGain > 0 && meanPar(load, index, parOf(slots)) > meanPar(load, index, parOf(old)) * (1 - leastGain))
    return undefined;
  const us = costs.moveUs(hops);
  const profitUs = savedUs(load, index, old, slots) - costs.hiddenUs(us) - costs.copyUs(hops);
  return profitUs > 0 ? { layer, slots, hops, us, profitUs } : undefined;
}

function proposeMoves(look: DecisionInput, hot: readonly number[]): LayerMove[] {
  if (hot.length === 0) return [];
  const { ranks, ranksPerHost } = look.shape;
  const load = pickLayersOfLoad(look.load, hot);
  const old = pickLayers(look.placement, hot);
  const split = look.routing === 'affine' ? 'affine' : 'uniform';
  const { slotsPerRank } = old;
  const { seed, effort, fewMoves } = look;
  // a limit that no layer reaches doubles the search
  const isLimited = fewMoves !== null && fewMoves < Math.max(...slotsPerRank) * ranks;
  const limits = fewMoves === null ? {} : { old, ...(isLimited ? { maxMoves: { perLayer: fewMoves } } : {}) };
  const next = place({ load, ranks, slotsPerRank, ranksPerHost, split, seed, effort, ...limits });
  return hot.flatMap((layer, i) => {
    const before = layerSlots(old, i);
    const wanted = layerSlots(next, i);
    // under affine routing it matters where a copy stands, so that ranks can't be renumbered
    const slots = fewMoves !== null || split === 'affine' ? wanted : relabelled(before, wanted, ranks);
    return evaluateMove(look, load, i, { layer, old: before, slots }) ?? [];
  });
}

/** Over the episodes of a layer. */
export function meanPar(
  { episodes, layers, experts, tokens }: Load,
  layer: number,
  parIn: (tokens: Float64Array) => number,
): number {
  let par = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const first = (episode * layers + layer) * experts;
    par += parIn(tokens.subarray(first, first + experts)) / episodes;
  }
  return par;
}
