import { emptyPlacement } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';
import { type NpyArray, parseNpy, writeNpyInt32 } from './npy.ts';

/**
 * Reads OmniPlacement's pattern: (ranks, layers, experts) of 0 and 1. A rank's slots are its experts in rising number, as
 * OmniPlacement numbers them. Where the ranks of a layer hold different numbers of experts, the last slots stay empty.
 */
export function parsePattern(bytes: Uint8Array): Placement {
  return placementFromPattern(parseNpy(bytes));
}

export function placementFromPattern({ shape, data }: NpyArray): Placement {
  if (shape.length !== 3 || shape.some((length) => length < 1)) {
    throw new PlacementError(
      'bad-file',
      `a pattern has shape (ranks, layers, experts), this file (${shape.join(', ')})`,
    );
  }
  const [ranks, layers, experts] = shape as [number, number, number];
  const slotsPerRank = new Int32Array(layers);
  for (let row = 0; row < ranks * layers; row++) {
    let held = 0;
    for (let expert = 0; expert < experts; expert++) {
      const value = data[row * experts + expert]!;
      if (value !== 0 && value !== 1) {
        throw new PlacementError(
          'bad-file',
          `rank ${Math.floor(row / layers)}, layer ${row % layers}, expert ${expert} of the pattern is ${value}, not 0 or 1`,
        );
      }
      held += value;
    }
    slotsPerRank[row % layers] = Math.max(slotsPerRank[row % layers]!, held);
  }
  const bare = slotsPerRank.indexOf(0);
  if (bare >= 0) throw new PlacementError('bad-file', `layer ${bare} of the pattern holds no expert at all`);
  const placement = emptyPlacement(layers, ranks, experts, slotsPerRank);
  for (let row = 0; row < ranks * layers; row++) {
    const rank = Math.floor(row / layers);
    const layer = row % layers;
    let slot = placement.layerOffset[layer]! + rank * slotsPerRank[layer]!;
    for (let expert = 0; expert < experts; expert++) {
      if (data[row * experts + expert] === 1) placement.slotExpert[slot++] = expert;
    }
  }
  return placement;
}

/** The .npy file OmniPlacement reads. It can't say that a rank holds an expert twice, so that is refused. */
export function writePattern({ layers, ranks, experts, slotsPerRank, layerOffset, slotExpert }: Placement): Uint8Array {
  const pattern = new Int32Array(ranks * layers * experts);
  for (let layer = 0; layer < layers; layer++) {
    for (let i = 0; i < ranks * slotsPerRank[layer]!; i++) {
      const expert = slotExpert[layerOffset[layer]! + i]!;
      if (expert < 0) continue;
      const rank = Math.floor(i / slotsPerRank[layer]!);
      const cell = (rank * layers + layer) * experts + expert;
      if (pattern[cell] === 1) {
        throw new PlacementError(
          'bad-placement',
          `rank ${rank} holds expert ${expert} of layer ${layer} twice, which a pattern can't say; repair the placement first`,
        );
      }
      pattern[cell] = 1;
    }
  }
  return writeNpyInt32([ranks, layers, experts], pattern);
}
