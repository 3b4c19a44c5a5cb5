import { mean, sum } from '../../files/means.ts';
import {
  countDuplicates,
  evaluatePlacement,
  measurePlacement,
  mergeEpisodes,
  type Placement,
  type PlacementProblem,
  type Split,
} from '../../placement/index.ts';

/** What a placement is worth for a load, in the names of the JSON answers. */
export interface Measured {
  readonly split: Split;
  readonly parMeanUniform: number;
  readonly parMeanAffine: number;
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  /** a list where layers differ */
  readonly slotsPerRank: number | number[];
  /** of the load summed over episodes, mean (highest) over layers */
  readonly parMean: number;
  readonly parMax: number;
  /** mean over episodes and layers */
  readonly parEpisodeMean: number;
  /** the objective over episodes: of the old placement, else of the base */
  readonly parBeforeMean: number;
  readonly lowerBoundMean: number;
  /** how far the objective is above the lower bound: 0.01 is 1 % */
  readonly gap: number;
  /** from the old placement, else from the base */
  readonly movedExperts: number;
  readonly layersChanged: number;
  readonly duplicates: number;
  readonly crossHostShare: number;
  /** over all layers */
  readonly uncoveredIfOneRankLost: number;
}

export function measureQuality(problem: PlacementProblem, placement: Placement): Measured {
  const { load, split = 'joint' } = problem;
  const summed = mergeEpisodes(load, 1);
  const par = (kind: Split) => evaluatePlacement(summed, placement, kind, problem).par;
  const uniform = par('uniform');
  const affine = par('affine');
  const reached =
    split === 'joint'
      ? uniform.map((value, layer) => Math.max(value, affine[layer]!))
      : ({ uniform, affine, fractional: null }[split] ?? par(split));
  const report = measurePlacement(problem, placement);
  const perEpisode =
    (problem.objective ?? 'mean') === 'mean' ? report : measurePlacement({ ...problem, objective: 'mean' }, placement);
  return {
    split,
    parMeanUniform: mean(uniform),
    parMeanAffine: mean(affine),
    layers: placement.layers,
    experts: placement.experts,
    ranks: placement.ranks,
    slotsPerRank: slotsOf(placement),
    parMean: mean(reached),
    parMax: reached.reduce((a, b) => Math.max(a, b)),
    parEpisodeMean: mean(perEpisode.parEpisodes),
    parBeforeMean: mean(report.parBefore),
    lowerBoundMean: mean(report.lowerBound),
    gap: Math.max(0, mean(report.parEpisodes) / mean(report.lowerBound) - 1),
    movedExperts: sum(report.movedExperts),
    layersChanged: report.layersChanged,
    duplicates: countDuplicates(placement),
    crossHostShare: report.crossHostShare,
    uncoveredIfOneRankLost: sum(report.uncoveredIfOneRankLost),
  };
}

/** One number where all layers have the same. */
export function slotsOf({ slotsPerRank }: Placement): number | number[] {
  const slots = [...slotsPerRank];
  return slots.every((count) => count === slots[0]) ? slots[0]! : slots;
}
