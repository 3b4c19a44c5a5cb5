import { emptyPlacement, type NpyArray, type Placement, parseNpy } from '../../../../placement/index.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { PlacementConfig } from '../rank/placementConfig.ts';
import { readFileBytes } from '../rank/pythonFiles.ts';

/** Which logical expert sits in which physical slot of an instance. */
export interface Slots {
  readonly numLayers: number;
  readonly numExperts: number;
  /** Ranks that hold routed experts. */
  readonly numRanks: number;
  readonly slotsPerRank: number;
  /** Expert by [layer][rank][slot]; -1: empty. Its values change when the engine is told to, or rearranges by itself. */
  readonly experts: Int32Array;
}

/** A pattern as an array: 0/1 by [rank][layer][expert]. */
interface Pattern {
  readonly shape: readonly [number, number, number];
  readonly values: ArrayLike<number>;
}

/** A copy, in the placement engine's form. */
export function placementOf({ numLayers, numRanks, slotsPerRank, numExperts, experts }: Slots): Placement {
  const placement = emptyPlacement(numLayers, numRanks, numExperts, slotsPerRank);
  placement.slotExpert.set(experts);
  return placement;
}

/** Slots as OmniPlacement lays them out: on a rank by ascending expert id, as many per rank as the fullest layer needs. */
export function readSlots(
  config: PlacementConfig | null,
  numLayers: number,
  numExperts: number,
  numRanks: number,
): Slots {
  const layers = config?.maxMoeLayerNum ?? numLayers;
  const pattern =
    config?.patternPath == null
      ? basePattern(numRanks, layers, numExperts)
      : loadPattern(config.patternPath, [numRanks, layers, numExperts]);
  return layOut(pattern, slotsPerRank(pattern, config));
}

function loadPattern(path: string, expected: readonly [number, number, number]): Pattern {
  const { shape, data } = readPattern(path);
  if (shape.length !== 3 || shape.some((size, at) => size !== expected[at])) {
    throw new Refusal(
      'ValueError',
      `placement pattern '${path}' has shape (${shape.join(', ')}), expected (world_size, max_moe_layer_num, num_experts) = (${expected.join(', ')})`,
    );
  }
  return { shape: expected, values: data };
}

function readPattern(path: string): NpyArray {
  const bytes = readFileBytes(path);
  try {
    return parseNpy(bytes);
  } catch (cause) {
    throw new Refusal('ValueError', `cannot load placement pattern '${path}': ${(cause as Error).message}`);
  }
}

/** Contiguous, without redundancy. */
function basePattern(numRanks: number, numLayers: number, numExperts: number): Pattern {
  if (numExperts % numRanks !== 0) {
    throw new Refusal('ValueError', `num_experts (${numExperts}) must be divisible by the world size (${numRanks})`);
  }
  const perRank = numExperts / numRanks;
  const values = new Uint8Array(numRanks * numLayers * numExperts);
  for (let rank = 0; rank < numRanks; rank++) {
    for (let layer = 0; layer < numLayers; layer++) {
      const row = (rank * numLayers + layer) * numExperts + rank * perRank;
      values.fill(1, row, row + perRank);
    }
  }
  return { shape: [numRanks, numLayers, numExperts], values };
}

function slotsPerRank({ shape, values }: Pattern, config: PlacementConfig | null): number {
  const [numRanks, numLayers, numExperts] = shape;
  if (config?.enableDynamic) {
    if (numExperts % numRanks !== 0) {
      throw new Refusal('RuntimeError', `num_experts (${numExperts}) must be divisible by world_size (${numRanks})`);
    }
    return numExperts / numRanks + config.maxRedundantPerRank;
  }
  const deployed = new Float64Array(numLayers);
  for (let at = 0; at < values.length; at++) deployed[Math.floor(at / numExperts) % numLayers]! += values[at] ? 1 : 0;
  return Math.floor(deployed.reduce((most, each) => Math.max(most, each), 0) / numRanks);
}

function layOut({ shape, values }: Pattern, perRank: number): Slots {
  const [numRanks, numLayers, numExperts] = shape;
  const experts = new Int32Array(numLayers * numRanks * perRank).fill(-1);
  const covered = new Uint8Array(numLayers * numExperts);
  for (let rank = 0; rank < numRanks; rank++) {
    for (let layer = 0; layer < numLayers; layer++) {
      const row = (rank * numLayers + layer) * numExperts;
      let slot = 0;
      for (let expert = 0; expert < numExperts; expert++) {
        if (!values[row + expert]) continue;
        if (slot === perRank) throw overflow(rank, layer, perRank);
        experts[(layer * numRanks + rank) * perRank + slot++] = expert;
        covered[layer * numExperts + expert] = 1;
      }
    }
  }
  const missing = covered.indexOf(0);
  if (missing >= 0) {
    throw new Refusal(
      'RuntimeError',
      `expert ${missing % numExperts} of layer ${Math.floor(missing / numExperts)} is on no rank`,
    );
  }
  return { numLayers, numExperts, numRanks, slotsPerRank: perRank, experts };
}

// the real one writes on into the next rank's slots; a lab that corrupts itself would prove nothing
function overflow(rank: number, layer: number, perRank: number): Refusal {
  return new Refusal(
    'IndexError',
    `rank ${rank} has more than ${perRank} experts in layer ${layer} of the placement pattern`,
  );
}
