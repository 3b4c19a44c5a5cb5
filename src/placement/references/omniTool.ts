import { basePlacement } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';
import {
  checkReferenceProblem,
  type LayerProblem,
  type ReferenceProblem,
  type ReferenceSolver,
  solveLayers,
} from './layerProblem.ts';
import { fallingOrder } from './packing.ts';

// against loads of zero, as the tool does
const SMOOTHING = 3;
/** both as in the original */
const RANKS_PER_HOST = 16;
const DEFAULT_MAX_REPLICAS = 12;

/**
 * OmniPlacement's pattern tool (omni_pattern_tool step 2, OmniInfer 56c74e06), mode rearrange: in the `specialLayers`
 * layers of highest contiguous load, experts in falling load go to the lightest rank with room; other layers stay
 * contiguous. It has no redundancy: slots beyond experts / ranks are not used.
 *
 * Deviations, said through `note`: ranks that the original's host interleave would overwrite are left where they are
 * (with ranks other than below 32, or 0 or 15 more than a multiple of 16, it loses experts).
 */
export const omniRearrange: ReferenceSolver = (problem, note) => {
  const slotsPerRank = evenSlots(problem);
  const given = problem.slotsPerRank ?? slotsPerRank;
  const most = typeof given === 'number' ? given : Array.from(given).reduce((a, b) => Math.max(a, b));
  if (most > slotsPerRank) note?.(`of ${most} slots per rank ${slotsPerRank} are used: rearranging makes no copies`);
  return placeLayers({ ...problem, slotsPerRank }, 'rearrange', note);
};

/**
 * The same tool, mode redundant: every layer is packed as above, and the special ones get one more slot per rank (as
 * many as the problem gives, where it says), filled by min-max over load + 3.
 *
 * Deviations, said through `note`: as above; an expert never gets more copies than ranks (the original fails); where
 * the greedy packing ends with only ranks that hold the expert (the original fails), one expert is moved aside.
 */
export const omniRedundant: ReferenceSolver = (problem, note) => {
  const slotsPerRank = problem.slotsPerRank ?? evenSlots(problem) + 1;
  return placeLayers({ ...problem, slotsPerRank }, 'redundant', note);
};

type Mode = 'rearrange' | 'redundant';
type Note = (text: string) => void;

function evenSlots({ load, ranks }: ReferenceProblem): number {
  if (load.experts % ranks !== 0) {
    throw new PlacementError(
      'infeasible',
      `Total number of experts (${load.experts}) must be divisible by target rank count (${ranks}).`,
    );
  }
  return load.experts / ranks;
}

function placeLayers(problem: ReferenceProblem, mode: Mode, note: Note = () => {}): Placement {
  const { load, ranks } = problem;
  const baseSlots = evenSlots(problem);
  const wantedSlots = checkReferenceProblem({ ...problem, old: undefined });
  const base = basePlacement(1, ranks, load.experts).slotExpert;
  const special = specialLayers(problem, base, baseSlots);
  const slotsPerRank = wantedSlots.map((slots, layer) => (special.has(layer) ? slots : baseSlots));
  const placedAt = hostInterleave(ranks, note);
  return solveLayers({ ...problem, slotsPerRank, old: undefined }, (layer) => {
    if (mode === 'rearrange' && !special.has(layer.layer)) return base;
    return packLayer(layer, problem.maxReplicas ?? DEFAULT_MAX_REPLICAS, placedAt, note);
  });
}

/** The layers of highest rank load under the base placement; ties to the highest layer, as numpy's argsort tail gives. */
function specialLayers({ load, ranks, specialLayers: wanted }: ReferenceProblem, base: Int32Array, slots: number) {
  const { episodes, layers, experts, tokens } = load;
  const peak = new Float64Array(layers);
  const rankLoad = new Float64Array(ranks);
  for (let layer = 0; layer < layers; layer++) {
    rankLoad.fill(0);
    for (let episode = 0; episode < episodes; episode++) {
      const first = (episode * layers + layer) * experts;
      for (let slot = 0; slot < base.length; slot++)
        rankLoad[Math.floor(slot / slots)]! += tokens[first + base[slot]!]!;
    }
    peak[layer] = rankLoad.reduce((a, b) => Math.max(a, b));
  }
  const rising = Array.from(peak, (_, layer) => layer).sort((a, b) => peak[a]! - peak[b]! || a - b);
  return new Set(rising.slice(Math.max(0, layers - (wanted ?? layers))));
}

/** [rank as packed] -> rank as placed: dealt to the hosts in turn, so that each gets ranks of every kind. */
function hostInterleave(ranks: number, note: Note): (rank: number) => number {
  const hosts = Math.max(Math.floor((ranks + 1) / RANKS_PER_HOST), 1);
  const placed = (rank: number) => (rank % hosts) * RANKS_PER_HOST + Math.floor(rank / hosts);
  const targets = new Set(Array.from({ length: ranks }, (_, rank) => placed(rank)));
  if (targets.size === ranks && Math.max(...targets) === ranks - 1) return placed;
  note(
    `OmniPlacement's tool would overwrite ranks when it deals ${ranks} ranks to ${hosts} hosts of ${RANKS_PER_HOST}, and lose experts; the ranks are left as packed`,
  );
  return (rank) => rank;
}

function packLayer(
  layer: LayerProblem,
  maxReplicas: number,
  placedAt: (rank: number) => number,
  note: Note,
): Int32Array {
  const { experts, ranks, slotsPerRank } = layer;
  if (slotsPerRank > experts) {
    throw new PlacementError(
      'infeasible',
      `layer ${layer.layer} has ${slotsPerRank} slots per rank for ${experts} experts`,
    );
  }
  const load = layer.total.map((tokens) => tokens + SMOOTHING);
  const counts = shareSlots(layer, load, maxReplicas, note);
  const unit = load.map((value, expert) => value / counts[expert]!);
  const held: number[][] = Array.from({ length: ranks }, () => []);
  const rankLoad = new Float64Array(ranks);
  for (const expert of fallingOrder(unit)) {
    for (let copy = 0; copy < counts[expert]!; copy++) {
      let rank = lightestRank(held, rankLoad, slotsPerRank, expert);
      if (rank < 0) {
        note(
          `OmniPlacement's tool finds no rank for a copy of expert ${expert} in layer ${layer.layer}, and fails; one expert was moved aside`,
        );
        rank = makeRoom(held, rankLoad, unit, slotsPerRank, expert);
      }
      held[rank]!.push(expert);
      rankLoad[rank]! += unit[expert]!;
    }
  }
  const slotExpert = new Int32Array(ranks * slotsPerRank).fill(-1);
  for (let rank = 0; rank < ranks; rank++) {
    slotExpert.set(
      held[rank]!.sort((a, b) => a - b),
      placedAt(rank) * slotsPerRank,
    );
  }
  return slotExpert;
}

/** Min-max; ties to the lower load, then the lower expert. */
function shareSlots({ layer, ranks, slotsPerRank }: LayerProblem, load: Float64Array, maxReplicas: number, note: Note) {
  const counts = new Int32Array(load.length).fill(1);
  const closed = counts.map(() => (maxReplicas > 1 ? 0 : 1));
  for (let spare = ranks * slotsPerRank - load.length; spare > 0; ) {
    const chosen = neediest(load, counts, closed);
    if (chosen < 0) {
      throw new PlacementError(
        'infeasible',
        `layer ${layer} has ${spare} slots left when every expert has ${Math.min(maxReplicas, ranks)} copies; allow more replicas or fewer slots`,
      );
    }
    if (counts[chosen] === ranks) {
      note(`OmniPlacement's tool gives expert ${chosen} of layer ${layer} more copies than there are ranks, and fails`);
      closed[chosen] = 1;
      continue;
    }
    counts[chosen]! += 1;
    if (counts[chosen]! >= maxReplicas) closed[chosen] = 1;
    spare--;
  }
  return counts;
}

function neediest(load: Float64Array, counts: Int32Array, closed: Int32Array): number {
  let chosen = -1;
  let most = -1;
  for (let expert = 0; expert < load.length; expert++) {
    if (closed[expert] === 1) continue;
    const unit = load[expert]! / counts[expert]!;
    if (unit > most || (unit === most && load[expert]! < load[chosen]!)) {
      chosen = expert;
      most = unit;
    }
  }
  return chosen;
}

function lightestRank(held: number[][], rankLoad: Float64Array, slotsPerRank: number, expert: number): number {
  let lightest = -1;
  for (let rank = 0; rank < held.length; rank++) {
    if (held[rank]!.length >= slotsPerRank || held[rank]!.includes(expert)) continue;
    if (lightest < 0 || rankLoad[rank]! < rankLoad[lightest]!) lightest = rank;
  }
  return lightest;
}

/**
 * Only ranks that hold `expert` have room: another rank gives one of its experts to the first of those. There always is
 * such a rank, as no expert has more copies than ranks, and such an expert, as a full rank holds more than one with room.
 */
function makeRoom(
  held: number[][],
  rankLoad: Float64Array,
  unit: Float64Array,
  slotsPerRank: number,
  expert: number,
): number {
  const open = held.findIndex((experts) => experts.length < slotsPerRank);
  const rank = held.findIndex((experts) => !experts.includes(expert));
  const moved = held[rank]!.findLast((other) => !held[open]!.includes(other))!;
  held[rank]!.splice(held[rank]!.indexOf(moved), 1);
  held[open]!.push(moved);
  rankLoad[rank]! -= unit[moved]!;
  rankLoad[open]! += unit[moved]!;
  return rank;
}
