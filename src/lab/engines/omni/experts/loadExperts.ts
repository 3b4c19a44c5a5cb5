import type { LabEnv } from '../labEnv.ts';
import type { ServeArguments } from '../rank/arguments.ts';
import type { ExtraConfig } from '../rank/extraConfig.ts';
import type { Model } from '../rank/model.ts';
import { placementFromAdditional, placementFromYaml } from '../rank/placementConfig.ts';
import type { Rank } from '../rank/rank.ts';
import { type Activation, makeActivation } from './activation.ts';
import { makeDumpFolder } from './dump.ts';
import { makeGate } from './gate.ts';
import { LiveMap } from './liveMap.ts';
import { makeSelector } from './selector.ts';
import { readSlots, type Slots } from './slots.ts';

/** The experts of an instance as one of its processes knows them. */
export interface Experts {
  readonly slots: Slots;
  readonly activation: Activation;
  /** null: this process writes no dumps. */
  readonly dumpFolder: string | null;
  /** Who may change what serves: a controller, where windows are dumped for it to go by, */
  readonly liveMap: LiveMap | null;
  /** or OmniPlacement's own dynamic mode (`maxReplicas`: of one expert). */
  readonly dynamic: { readonly maxReplicas: number | null } | null;
}

/** Places the experts as OmniPlacement would and gets ready to route tokens to them; null for a dense model. */
export function loadExperts(
  args: ServeArguments,
  model: Model,
  extra: ExtraConfig,
  rank: Rank,
  lab: LabEnv,
): Experts | null {
  const placement = extra.placementConfigPath
    ? placementFromYaml(extra.placementConfigPath)
    : placementFromAdditional(args.additionalConfig, model.numMoeLayers);
  if (model.numExperts === 0) return null;
  const sharedRanks = extra.redundancySharedExpertNum;
  const slots = readSlots(placement, model.numMoeLayers, model.numExperts, rank.numRanks - sharedRanks);
  const numLayers = Math.min(model.numMoeLayers, slots.numLayers);
  const gate = makeGate(lab.seed, numLayers, model.numExperts);
  const affine = placement?.enableRankRoundRobin ?? true;
  const selectorOf = (held: Slots) => makeSelector(held, affine, rank.hostSize);
  // ranks of redundant shared experts stand before the placement's rank 0
  const sources = Array.from({ length: rank.ranksHere }, (_, at) => rank.firstRank + at - sharedRanks);
  const activation = makeActivation({ slots, gate, selectorOf, sources, numLayers, topK: model.topK });
  const dumpFolder =
    placement?.dumpDir != null && rank.dpRank === 0 ? makeDumpFolder(placement.dumpDir, new Date()) : null;
  const dynamic = placement?.enableDynamic ? { maxReplicas: placement.maxRedundantPerExpert } : null;
  const liveMap = lab.liveMap && dumpFolder !== null && dynamic === null ? new LiveMap(dumpFolder, slots) : null;
  return { slots, activation, dumpFolder, liveMap, dynamic };
}
