import type { EngineRules } from '../dialects/rules.ts';
import type { LabEnv } from '../labEnv.ts';
import type { ServeArguments } from '../rank/arguments.ts';
import type { ExtraConfig } from '../rank/extraConfig.ts';
import type { Model } from '../rank/model.ts';
import { type PlacementConfig, placementFromAdditional, placementFromYaml } from '../rank/placementConfig.ts';
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
  /** Data-parallel rank of the process that writes them. */
  readonly dumpingRank: number;
  /** Who may change what serves: a controller, where windows are dumped for it to go by, */
  readonly liveMap: LiveMap | null;
  /** or OmniPlacement's own dynamic mode (`maxReplicas`: of one expert). */
  readonly dynamic: { readonly maxReplicas: number | null } | null;
}

/** What a server was started with. */
export interface Started {
  readonly args: ServeArguments;
  readonly extra: ExtraConfig;
  readonly lab: LabEnv;
  readonly rules: EngineRules;
}

/** Places the experts as OmniPlacement would and gets ready to route tokens to them; null for a dense model. */
export function loadExperts(started: Started, model: Model, rank: Rank): Experts | null {
  const { extra, lab } = started;
  const placement = placementOf(started, model);
  if (model.numExperts === 0) return null;
  const sharedRanks = extra.redundancySharedExpertNum;
  const slots = readSlots(placement, model.numMoeLayers, model.numExperts, rank.numRanks - sharedRanks);
  const numLayers = Math.min(model.numMoeLayers, slots.numLayers);
  const gate = makeGate(lab.seed, numLayers, model.numExperts);
  const affine = placement?.enableRankRoundRobin ?? true;
  const selectorOf = (held: Slots) => makeSelector(held, affine, rank.hostSize);
  // the ranks of redundant shared experts come first; in the placement they follow all others
  const sources = Array.from(
    { length: rank.ranksHere },
    (_, at) => (rank.firstRank + at - sharedRanks + rank.numRanks) % rank.numRanks,
  );
  const activation = makeActivation({ slots, gate, selectorOf, sources, numLayers, topK: model.topK });
  const dumpingRank = Math.floor(sharedRanks / rank.ranksHere);
  const dumpFolder =
    placement?.dumpDir != null && rank.dpRank === dumpingRank ? makeDumpFolder(placement.dumpDir, new Date()) : null;
  const dynamic = placement?.enableDynamic ? { maxReplicas: placement.maxRedundantPerExpert } : null;
  // the process that changes maps is the one that leads the instance: it can't read what is asked of another
  const isAsked = lab.liveMap && dumpingRank === 0 && dynamic === null;
  const liveMap = isAsked && dumpFolder !== null ? new LiveMap(dumpFolder, slots) : null;
  return { slots, activation, dumpFolder, dumpingRank, liveMap, dynamic };
}

function placementOf({ args, extra, rules }: Started, { numMoeLayers }: Model): PlacementConfig | null {
  if (rules.placement === 'additional-config') return placementFromAdditional(args.additionalConfig, numMoeLayers);
  return extra.placementConfigPath === null ? null : placementFromYaml(extra.placementConfigPath);
}
