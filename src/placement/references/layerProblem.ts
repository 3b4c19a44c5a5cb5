import { pickLayersOfLoad, tokensOfLayer } from '../episodes.ts';
import { countReplicas, emptyPlacement, layerSlots } from '../slots.ts';
import { type Load, type Placement, PlacementError, type PlacementProblem } from '../types.ts';

/** What references ask for beyond our own solver's problem. */
export interface ReferenceProblem extends PlacementProblem {
  /** expert groups of the model (DeepSeek-V3: 8); default 1 */
  readonly groups?: number | undefined;
  /** hosts that hierarchical policies keep groups on; default 1 */
  readonly nodes?: number | undefined;
  /** layers that the OmniPlacement tool treats, those of highest load; default all */
  readonly specialLayers?: number | undefined;
}

/** `note` is told what the original would have done wrong here. */
export type ReferenceSolver = (problem: ReferenceProblem, note?: (text: string) => void) => Placement;

/** One layer of a reference's problem; all references work layer by layer. */
export interface LayerProblem {
  readonly layer: number;
  readonly experts: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  readonly episodes: number;
  /** [episode][expert] */
  readonly tokens: Float64Array;
  /** [expert], summed over episodes */
  readonly total: Float64Array;
  /** [rank][slot] */
  readonly old: Int32Array | undefined;
}

export function solveLayers(
  problem: ReferenceProblem,
  solveLayer: (layer: LayerProblem) => ArrayLike<number>,
): Placement {
  const shape = checkReferenceProblem(problem);
  const { load, ranks, old } = problem;
  const placement = emptyPlacement(load.layers, ranks, load.experts, shape);
  for (let layer = 0; layer < load.layers; layer++) {
    const { tokens } = pickLayersOfLoad(load, [layer]);
    const slots = solveLayer({
      layer,
      experts: load.experts,
      ranks,
      slotsPerRank: shape[layer]!,
      episodes: load.episodes,
      tokens,
      total: tokensOfLayer(load, layer),
      old: old === undefined ? undefined : widen(layerSlots(old, layer), ranks, shape[layer]!),
    });
    placement.slotExpert.set(slots, placement.layerOffset[layer]!);
  }
  return placement;
}

/** Refuses what no reference can solve; gives slots per rank, [layer]. */
export function checkReferenceProblem(problem: ReferenceProblem): Int32Array {
  const { load, ranks, old } = problem;
  checkLoad(load);
  if (!Number.isInteger(ranks) || ranks < 1)
    throw new PlacementError('bad-option', `${ranks} ranks: one or more are needed`);
  if (problem.slotBudget !== undefined) {
    throw new PlacementError(
      'bad-option',
      'references know no slot budget; give slots per rank, or use our own solver',
    );
  }
  const slots = new Int32Array(load.layers);
  for (let layer = 0; layer < load.layers; layer++) {
    const wanted = problem.slotsPerRank ?? Math.ceil(load.experts / ranks);
    const held = typeof wanted === 'number' ? wanted : wanted[layer];
    if (held === undefined || !Number.isInteger(held) || held < 1) {
      throw new PlacementError('bad-option', `layer ${layer} has ${held} slots per rank: one or more are needed`);
    }
    if (held * ranks < load.experts) {
      throw new PlacementError(
        'too-few-slots',
        `layer ${layer} has ${held * ranks} slots (${ranks} ranks x ${held}) for ${load.experts} experts`,
      );
    }
    slots[layer] = held;
  }
  if (old !== undefined) checkOld(old, problem, slots);
  return slots;
}

function checkLoad(load: Load): void {
  const { episodes, layers, experts, tokens } = load;
  if (!(episodes >= 1 && layers >= 1 && experts >= 1) || tokens.length !== episodes * layers * experts) {
    throw new PlacementError(
      'bad-load',
      `a load of ${episodes} episodes x ${layers} layers x ${experts} experts can't have ${tokens.length} values`,
    );
  }
  for (let i = 0; i < tokens.length; i++) {
    const value = tokens[i]!;
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER + 1)) {
      const expert = i % experts;
      const layer = Math.floor(i / experts) % layers;
      const episode = Math.floor(i / (experts * layers));
      throw new PlacementError(
        'bad-load',
        `the load of expert ${expert} in layer ${layer}, episode ${episode} is ${value}; it must be from 0 to 2^53`,
      );
    }
  }
}

function checkOld(old: Placement, problem: ReferenceProblem, slots: Int32Array): void {
  const { load, ranks } = problem;
  if (old.layers !== load.layers || old.ranks !== ranks || old.experts !== load.experts) {
    throw new PlacementError(
      'bad-placement',
      `the old placement is of ${old.layers} layers x ${old.experts} experts on ${old.ranks} ranks, the problem of ${load.layers} x ${load.experts} on ${ranks}`,
    );
  }
  for (let layer = 0; layer < load.layers; layer++) {
    if (old.slotsPerRank[layer]! > slots[layer]!) {
      throw new PlacementError(
        'bad-placement',
        `layer ${layer} of the old placement has ${old.slotsPerRank[layer]} slots per rank, the problem only ${slots[layer]}`,
      );
    }
    const missing = countReplicas(layerSlots(old, layer), old.experts).indexOf(0);
    if (missing >= 0) {
      throw new PlacementError('bad-placement', `layer ${layer} of the old placement lacks expert ${missing}`);
    }
  }
}

/** The slots that are new stand empty. */
function widen(slots: Int32Array, ranks: number, slotsPerRank: number): Int32Array {
  const oldPerRank = slots.length / ranks;
  if (oldPerRank === slotsPerRank) return slots;
  const wide = new Int32Array(ranks * slotsPerRank).fill(-1);
  for (let rank = 0; rank < ranks; rank++) {
    wide.set(slots.subarray(rank * oldPerRank, (rank + 1) * oldPerRank), rank * slotsPerRank);
  }
  return wide;
}
