import type { PlacementProblem } from '../types.ts';
import { checkProblem } from './checkProblem.ts';
import { countCopies, MIN_MAX } from './counts.ts';
import type { Layer } from './layer.ts';
import { layerOf } from './layerOf.ts';
import { repeats } from './repetition.ts';
import { needOfUsual, usualLoads } from './usual.ts';

/**
 * Which experts deserve replicas, and in which order: what OmniPlacement's README leaves open. All arrays are [expert].
 */
export interface Selection {
  /** of the layer's load over all episodes, sum 1 */
  readonly share: Float64Array;
  /** standard deviation over mean of the load in the episodes */
  readonly variation: Float64Array;
  /** correlation of the expert's load with the concentration of the layer's load, -1 to 1 */
  readonly comovement: Float64Array;
  /** `share`, `variation` and `comovement` in one number, in mean rank loads */
  readonly need: Float64Array;
  /** copies by falling need per copy; the solver starts from these and improves them */
  readonly copies: Int32Array;
  /** experts by falling need per copy: who gains most from the next slot, and is the first to be moved for */
  readonly order: Int32Array;
}

/**
 * The statistics and the criterion by which experts get replicas and are moved first, one selection per layer; the
 * same that `solve` starts from. Throws `PlacementError` for a problem that can't be placed.
 */
export function selectExperts(problem: PlacementProblem): Selection[] {
  const task = checkProblem(problem);
  return Array.from(task.slotsPerRank, (slots, index) => selectInLayer(layerOf(task, index, slots)));
}

function selectInLayer(layer: Layer): Selection {
  const { experts, ranks } = layer;
  const need = expertNeed(layer);
  const copies = new Int32Array(experts);
  countCopies(layer, need, MIN_MAX, copies);
  const order = Int32Array.from(copies.keys()).sort((a, b) => need[b]! / copies[b]! - need[a]! / copies[a]! || a - b);
  const share = layer.meanWeight.map((weight) => weight / ranks);
  return { share, ...movement(layer), need, copies, order };
}

/**
 * The fourth-power mean of an expert's load over the episodes, each episode weighted by how concentrated its load is.
 * A steady expert's need is its load; one that is hot now and then needs more than its mean, because it needs its
 * copies then; and one that is hot when others are needs more than one that is hot when the rest is quiet. With one
 * episode the need is the load. Where episodes don't repeat it is the usual load, see `needOfUsual`.
 */
export function expertNeed(layer: Layer): Float64Array {
  const { experts, episodes, weight } = layer;
  if (episodes === 1) return layer.meanWeight;
  if (!repeats(layer)) return needOfUsual(layer, usualLoads(layer));
  const concentration = concentrations(layer);
  const total = concentration.reduce((sum, value) => sum + value, 0);
  const need = new Float64Array(experts);
  for (let at = 0; at < weight.length; at++) {
    const square = weight[at]! * weight[at]!;
    const expert = at % experts;
    need[expert] = need[expert]! + (concentration[Math.floor(at / experts)]! / total) * square * square;
  }
  for (let expert = 0; expert < experts; expert++) need[expert] = Math.sqrt(Math.sqrt(need[expert]!));
  return need;
}

/** [episode], the sum of squared loads: large where few experts carry much. */
function concentrations(layer: Layer): Float64Array {
  const { experts, episodes, weight } = layer;
  const concentration = new Float64Array(episodes);
  for (let at = 0; at < weight.length; at++) {
    const episode = Math.floor(at / experts);
    concentration[episode] = concentration[episode]! + weight[at]! * weight[at]!;
  }
  return concentration;
}

function movement(layer: Layer): Pick<Selection, 'variation' | 'comovement'> {
  const { experts, episodes, weight, meanWeight } = layer;
  const concentration = concentrations(layer);
  const meanConcentration = concentration.reduce((sum, value) => sum + value, 0) / episodes;
  const variation = new Float64Array(experts);
  const comovement = new Float64Array(experts);
  let spread = 0;
  for (const value of concentration) spread += (value - meanConcentration) ** 2;
  for (let expert = 0; expert < experts; expert++) {
    let own = 0;
    let together = 0;
    for (let episode = 0; episode < episodes; episode++) {
      const away = weight[episode * experts + expert]! - meanWeight[expert]!;
      own += away * away;
      together += away * (concentration[episode]! - meanConcentration);
    }
    if (meanWeight[expert]! > 0) variation[expert] = Math.sqrt(own / episodes) / meanWeight[expert]!;
    if (own > 0 && spread > 0) comovement[expert] = together / Math.sqrt(own * spread);
  }
  return { variation, comovement };
}
