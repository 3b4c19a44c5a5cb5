import type { Placement } from '../types.ts';
import { writeExpertMap } from './expertMap.ts';
import { writePattern } from './pattern.ts';
import { writeSglangMap } from './sglangMap.ts';

/** OmniPlacement's pattern, vllm-ascend's expert_map, SGLang's map. */
export type PlacementFormat = 'omni-npy' | 'expert-map' | 'sglang-map';

/** A form of file that contains a placement. */
export interface PlacementCodec {
  readonly extension: '.npy' | '.json';
  /** The engine loads it only where its ranks hold equally many experts, none of them twice. */
  readonly equalRanks: boolean;
  write(placement: Placement): Uint8Array;
}

/** Of those with one extension, the first is meant unless another is named. */
export const CODECS: Readonly<Record<PlacementFormat, PlacementCodec>> = {
  'omni-npy': { extension: '.npy', equalRanks: true, write: writePattern },
  'expert-map': jsonCodec(writeExpertMap),
  'sglang-map': jsonCodec(writeSglangMap),
};

function jsonCodec(write: (placement: Placement) => string): PlacementCodec {
  return { extension: '.json', equalRanks: false, write: (placement) => new TextEncoder().encode(write(placement)) };
}
