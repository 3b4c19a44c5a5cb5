import { affineCopies } from './affineRouting.ts';
import { mergeEpisodes } from './episodes.ts';
import { layerSlots } from './slots.ts';
import { fractionalPeak } from './solver/fractional.ts';
import { normaliseLayer } from './solver/normalise.ts';
import { type Load, type Placement, PlacementError, type Split } from './types.ts';

export interface EvaluationOptions {
  /** default 16 */
  readonly ranksPerHost?: number | undefined;
  /** [rank], relative speed of each die; default all equal */
  readonly capability?: Float64Array | undefined;
  /** [rank], share of the tokens that start there; matters under affine routing; default all equal */
  readonly sources?: Float64Array | undefined;
}

export interface Evaluation {
  readonly split: Split;
  /** [layer], of the load summed over episodes */
  readonly par: Float64Array;
  /** [layer][episode] */
  readonly parEpisodes: Float64Array;
}

/**
 * PAR of each layer of a placement, for each episode and for their sum; 1 where there is no load. Under `joint` the worse
 * of uniform and affine counts. Shares nothing with the searches, so that it can judge them; -1 slots serve nothing.
 */
export function evaluatePlacement(
  load: Load,
  placement: Placement,
  split: Split,
  options: EvaluationOptions = {},
): Evaluation {
  checkFit(load, placement);
  const { episodes, layers, experts } = load;
  const par = new Float64Array(layers);
  const parEpisodes = new Float64Array(layers * episodes);
  for (let layer = 0; layer < layers; layer++) {
    const summed = new Float64Array(experts);
    for (let episode = 0; episode < episodes; episode++) {
      const first = (episode * layers + layer) * experts;
      const tokens = load.tokens.subarray(first, first + experts);
      for (let expert = 0; expert < experts; expert++) summed[expert]! += tokens[expert]!;
      parEpisodes[layer * episodes + episode] = parOfLayer(tokens, placement, layer, split, options);
    }
    par[layer] = parOfLayer(summed, placement, layer, split, options);
  }
  return { split, par, parEpisodes };
}

/** Tokens that each rank of a layer gets, [rank]; `tokens` is [expert]. */
export function rankLoads(
  tokens: Float64Array,
  placement: Placement,
  layer: number,
  split: 'uniform' | 'affine',
  options: EvaluationOptions = {},
): Float64Array {
  const loads = new Float64Array(placement.ranks);
  const copies = copiesOfExperts(placement, layer);
  for (let expert = 0; expert < placement.experts; expert++) {
    const ranks = copies[expert]!;
    if (ranks.length === 0 || tokens[expert] === 0) continue;
    if (split === 'uniform') {
      for (const rank of ranks) loads[rank]! += tokens[expert]! / ranks.length;
    } else {
      addAffine(loads, tokens[expert]!, ranks, options);
    }
  }
  return loads;
}

/** The same of every layer, of the load summed over episodes, [layer][rank]. */
export function loadOfRanks(
  load: Load,
  placement: Placement,
  split: 'uniform' | 'affine',
  options: EvaluationOptions = {},
): Float64Array {
  const { layers, experts, tokens } = mergeEpisodes(load, 1);
  const loads = new Float64Array(layers * placement.ranks);
  for (let layer = 0; layer < layers; layer++) {
    const own = tokens.subarray(layer * experts, (layer + 1) * experts);
    loads.set(rankLoads(own, placement, layer, split, options), layer * placement.ranks);
  }
  return loads;
}

function parOfLayer(
  tokens: Float64Array,
  placement: Placement,
  layer: number,
  split: Split,
  options: EvaluationOptions,
): number {
  if (split === 'joint') {
    const uniform = parOfLayer(tokens, placement, layer, 'uniform', options);
    return Math.max(uniform, parOfLayer(tokens, placement, layer, 'affine', options));
  }
  const { capability } = options;
  if (split === 'fractional') {
    const { ranks, experts, slotsPerRank } = placement;
    const shape = { ranks, experts, slots: slotsPerRank[layer]!, ranksPerHost: ranks, maxCopies: ranks, capability };
    const normalised = normaliseLayer(shape, tokens);
    return Math.max(1, fractionalPeak(normalised, layerSlots(placement, layer), normalised.meanWeight));
  }
  const loads = rankLoads(tokens, placement, layer, split, options);
  let total = 0;
  let strength = 0;
  let highest = 0;
  for (let rank = 0; rank < loads.length; rank++) {
    const speed = capability?.[rank] ?? 1;
    total += loads[rank]!;
    strength += speed;
    highest = Math.max(highest, loads[rank]! / speed);
  }
  return total === 0 ? 1 : Math.max(1, highest / (total / strength));
}

/** [expert] -> ranks of its copies in slot order, twice where a rank holds it twice. */
function copiesOfExperts(placement: Placement, layer: number): number[][] {
  const copies: number[][] = Array.from({ length: placement.experts }, () => []);
  layerSlots(placement, layer).forEach((expert, slot) => {
    if (expert >= 0) copies[expert]!.push(Math.floor(slot / placement.slotsPerRank[layer]!));
  });
  return copies;
}

function addAffine(loads: Float64Array, tokens: number, copies: readonly number[], options: EvaluationOptions): void {
  const { ranksPerHost = 16, sources } = options;
  const ranks = loads.length;
  const allSources = sources === undefined ? ranks : sources.reduce((a, b) => a + b, 0);
  for (const [source, copy] of affineCopies(copies, ranks, ranksPerHost).entries()) {
    loads[copies[copy]!]! += (tokens * (sources?.[source] ?? 1)) / allSources;
  }
}

function checkFit(load: Load, placement: Placement): void {
  if (load.layers !== placement.layers || load.experts !== placement.experts) {
    throw new PlacementError(
      'bad-shape',
      `the load is of ${load.layers} layers x ${load.experts} experts, the placement of ${placement.layers} x ${placement.experts}`,
    );
  }
}
