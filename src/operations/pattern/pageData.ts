import { mean } from '../../files/means.ts';
import {
  basePlacement,
  countArrivals,
  countReplicas,
  evaluatePlacement,
  type Load,
  layerSlots,
  loadOfRanks,
  measurePlacement,
  mergeEpisodes,
  type Placement,
} from '../../placement/index.ts';
import type { BuildAnswer, Built } from './build.ts';

/** What the page of a build shows; arrays are row-major. */
export interface PageData {
  readonly title: string;
  readonly answer: BuildAnswer;
  readonly episodes: number;
  readonly ranksPerHost: number;
  readonly beforeName: 'base' | 'old';
  /** the split the rank loads and PARs are of */
  readonly split: 'uniform' | 'affine';
  /** [layer][expert], over the mean of the layer */
  readonly expertLoad: Float64Array;
  readonly before: PageSide;
  readonly after: PageSide;
  /** [layer], no placement's PAR is lower */
  readonly bound: Float64Array;
  /** [layer][expert] */
  readonly replicas: Int32Array;
  /** [layer][rank], experts that the rank did not hold before */
  readonly arrivals: Int32Array;
  /** [from host][to host]; null where nothing served before, or on one host alone */
  readonly hostFlows: readonly (readonly number[])[] | null;
}

export interface PageSide {
  /** [layer][rank], over the mean of the layer */
  readonly rankLoad: Float64Array;
  /** [layer] */
  readonly par: Float64Array;
  /** [layer][episode] */
  readonly parEpisodes: Float64Array;
}

export function pageData({ answer, problem, placement, migration }: Built): PageData {
  const { load, ranks, old, ranksPerHost = 16 } = problem;
  const before = old ?? basePlacement(load.layers, ranks, load.experts);
  // what is good under both is worse under affine, so that is shown
  const split = answer.split === 'uniform' || answer.split === 'fractional' ? 'uniform' : 'affine';
  const side = (one: Placement) => sideOf(load, one, split, { ranksPerHost, capability: problem.capability });
  return {
    title: answer.out ?? 'placement',
    answer,
    episodes: load.episodes,
    ranksPerHost,
    beforeName: old === undefined ? 'base' : 'old',
    split,
    expertLoad: overMean(mergeEpisodes(load, 1).tokens, load.experts),
    before: side(before),
    after: side(placement),
    bound: measurePlacement({ ...problem, split, objective: 'mean' }, placement).lowerBound,
    replicas: replicasOf(placement),
    arrivals: countArrivals(placement, before),
    hostFlows: migration === null ? null : flowsBetweenHosts(migration.layers, ranks, ranksPerHost),
  };
}

type Options = { readonly ranksPerHost: number; readonly capability: Float64Array | undefined };

function sideOf(load: Load, placement: Placement, split: 'uniform' | 'affine', options: Options): PageSide {
  const { par, parEpisodes } = evaluatePlacement(load, placement, split, options);
  const loads = loadOfRanks(load, placement, split, options);
  return { rankLoad: overMean(loads, placement.ranks), par, parEpisodes };
}

/** Each row over its mean. @param empty stands for a row of zeros */
export function overMean(values: Float64Array, columns: number, empty = 0): Float64Array {
  const relative = new Float64Array(values.length).fill(empty);
  for (let first = 0; first < values.length; first += columns) {
    const row = values.subarray(first, first + columns);
    const even = mean(row);
    if (even !== 0)
      relative.set(
        row.map((value) => value / even),
        first,
      );
  }
  return relative;
}

function replicasOf(placement: Placement): Int32Array {
  const { layers, experts } = placement;
  const replicas = new Int32Array(layers * experts);
  for (let layer = 0; layer < layers; layer++) {
    replicas.set(countReplicas(layerSlots(placement, layer), experts), layer * experts);
  }
  return replicas;
}

function flowsBetweenHosts(
  layers: readonly { readonly transfers: readonly { readonly from: number; readonly to: number }[] }[],
  ranks: number,
  ranksPerHost: number,
): number[][] | null {
  const hosts = Math.ceil(ranks / ranksPerHost);
  if (hosts === 1) return null;
  const flows = Array.from({ length: hosts }, () => new Array<number>(hosts).fill(0));
  for (const { transfers } of layers) {
    for (const { from, to } of transfers) flows[Math.floor(from / ranksPerHost)]![Math.floor(to / ranksPerHost)]! += 1;
  }
  return flows;
}
