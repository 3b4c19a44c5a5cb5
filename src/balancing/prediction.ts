import { mean, sum } from '../files/means.ts';
import { evaluatePlacement, type Load, measurePlacement, type Placement } from '../placement/index.ts';

/** What a new placement is expected to bring. Arrays are [layer]; PAR is of all windows together, as it is measured later. */
export interface Prediction {
  readonly parBefore: Float64Array;
  readonly parPredicted: Float64Array;
  readonly parBeforeMean: number;
  readonly parPredictedMean: number;
  readonly movedExperts: number;
  readonly layersChanged: number;
  /**
   * share of the experts' time that is saved: a layer's experts take as long as the busiest rank, so a layer's time is its
   * tokens times its PAR
   */
  readonly expertTimeGain: number;
  /** share of a step's time that is saved, where experts are `expertShare` of it */
  readonly stepTimeGain: number;
}

export interface PredictionInput {
  readonly load: Load;
  readonly old: Placement;
  readonly next: Placement;
  readonly split: 'uniform' | 'affine';
  readonly ranksPerHost: number;
  /** share of a step that the experts take, 0 to 1 */
  readonly expertShare: number;
}

export function predict({ load, old, next, split, ranksPerHost, expertShare }: PredictionInput): Prediction {
  const { ranks, slotsPerRank } = next;
  const report = measurePlacement({ load, ranks, slotsPerRank, ranksPerHost, split, old }, next);
  const parBefore = evaluatePlacement(load, old, split, { ranksPerHost }).par;
  const parPredicted = split === 'affine' ? report.parAffine : report.parUniform;
  const tokens = tokensOfLayers(load);
  const time = (par: Float64Array): number => par.reduce((total, value, layer) => total + value * tokens[layer]!, 0);
  const expertTimeGain = 1 - time(parPredicted) / time(parBefore);
  return {
    parBefore,
    parPredicted,
    parBeforeMean: mean(parBefore),
    parPredictedMean: mean(parPredicted),
    movedExperts: sum(report.movedExperts),
    layersChanged: report.layersChanged,
    expertTimeGain,
    stepTimeGain: expertShare * expertTimeGain,
  };
}

/**
 * The most that any placement could save, as a share of a step: the hottest expert stays on one rank, unless it may have
 * `copies`.
 */
export function mostGain(
  { load, old, split, ranksPerHost, expertShare }: Omit<PredictionInput, 'next'>,
  copies: boolean,
): number {
  const before = evaluatePlacement(load, old, split, { ranksPerHost }).par;
  const tokens = tokensOfLayers(load);
  const hottest = copies ? null : hottestOfLayers(load);
  let [now, best] = [0, 0];
  for (let layer = 0; layer < load.layers; layer++) {
    now += before[layer]! * tokens[layer]!;
    best += Math.max(tokens[layer]!, hottest === null ? 0 : hottest[layer]! * old.ranks);
  }
  return expertShare * (1 - best / now);
}

/** [layer], over all episodes */
function hottestOfLayers({ episodes, layers, experts, tokens }: Load): Float64Array {
  const hottest = new Float64Array(layers);
  for (let layer = 0; layer < layers; layer++) {
    for (let expert = 0; expert < experts; expert++) {
      let tokensOf = 0;
      for (let episode = 0; episode < episodes; episode++)
        tokensOf += tokens[(episode * layers + layer) * experts + expert]!;
      hottest[layer] = Math.max(hottest[layer]!, tokensOf);
    }
  }
  return hottest;
}

/** [layer], over all episodes */
function tokensOfLayers({ episodes, layers, experts, tokens }: Load): Float64Array {
  const sums = new Float64Array(layers);
  for (let row = 0; row < episodes * layers; row++) {
    for (let expert = 0; expert < experts; expert++) sums[row % layers]! += tokens[row * experts + expert]!;
  }
  return sums;
}
