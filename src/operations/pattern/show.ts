import { UserError } from '../../errors/userError.ts';
import {
  countReplicas,
  evaluatePlacement,
  type Load,
  layerSlots,
  mergeEpisodes,
  type Placement,
  rankLoads,
} from '../../placement/index.ts';
import { overMean } from './pageData.ts';
import { loadRequest, type ProblemFlags } from './problem.ts';
import { readLoad } from './readLoad.ts';
import { readPlacement } from './readPlacement.ts';

export type ShowFlags = Pick<
  ProblemFlags,
  'load' | 'windows' | 'episodes' | 'recorded-under' | 'experts' | 'strict' | 'ranks' | 'ranks-per-host'
> & { readonly split: 'uniform' | 'affine'; readonly layer?: number | undefined };

export interface ShowAnswer {
  readonly file: string;
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly split: 'uniform' | 'affine';
  readonly shown: readonly ShownLayer[];
}

export interface ShownLayer {
  readonly layer: number;
  readonly slotsPerRank: number;
  /** [rank][slot], -1 is an empty slot */
  readonly ranks: readonly (readonly number[])[];
  /** [expert] */
  readonly replicas: readonly number[];
  /** [rank], 1 is the mean; null without a load */
  readonly rankLoad: readonly number[] | null;
  readonly par: number | null;
}

/** What sits where, and with a load how warm every rank gets. */
export async function showPattern(file: string, flags: ShowFlags, say: (line: string) => void): Promise<ShowAnswer> {
  const { placement } = await readPlacement(file, flags);
  const { layers, experts, ranks } = placement;
  if (flags.layer !== undefined && flags.layer >= layers) {
    throw new UserError('bad_usage', `${file} has no layer ${flags.layer}`, { hint: `Layers are 0 to ${layers - 1}.` });
  }
  const load =
    flags.load === undefined ? null : mergeEpisodes(await readLoad(loadRequest(flags, placement, [file]), say), 1);
  const wanted = flags.layer === undefined ? Array.from({ length: layers }, (_, layer) => layer) : [flags.layer];
  const pars =
    load === null
      ? null
      : evaluatePlacement(load, placement, flags.split, { ranksPerHost: flags['ranks-per-host'] }).par;
  const shown = wanted.map((layer) => ({
    ...describeLayer(placement, layer),
    rankLoad: load === null ? null : relativeLoads(load, placement, layer, flags),
    par: pars?.[layer] ?? null,
  }));
  return { file, layers, experts, ranks, split: flags.split, shown };
}

function describeLayer(placement: Placement, layer: number) {
  const slots = layerSlots(placement, layer);
  const slotsPerRank = placement.slotsPerRank[layer]!;
  const ranks = Array.from({ length: placement.ranks }, (_, rank) => [
    ...slots.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank),
  ]);
  return { layer, slotsPerRank, ranks, replicas: [...countReplicas(slots, placement.experts)] };
}

function relativeLoads(load: Load, placement: Placement, layer: number, flags: ShowFlags): number[] {
  const tokens = load.tokens.subarray(layer * load.experts, (layer + 1) * load.experts);
  const loads = rankLoads(tokens, placement, layer, flags.split, { ranksPerHost: flags['ranks-per-host'] });
  return [...overMean(loads, loads.length)];
}
