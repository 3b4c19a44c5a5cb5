import { extname } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { type Placement, writeExpertMap, writePattern, writeSglangMap } from '../../placement/index.ts';

/** OmniPlacement's pattern, vllm-ascend's expert_map, SGLang's map. */
export const FORMATS = ['omni-npy', 'expert-map', 'sglang-map'] as const;
export type PlacementFormat = (typeof FORMATS)[number];

/** `.npy` is OmniPlacement's; of the two JSON forms vllm-ascend's is meant unless another is asked for. */
export function formatOf(file: string, asked?: PlacementFormat): PlacementFormat {
  const extension = extname(file).toLowerCase();
  const isNumpy = extension === '.npy';
  if (asked !== undefined && isNumpy === (asked === 'omni-npy')) return asked;
  if (asked === undefined && isNumpy) return 'omni-npy';
  if (asked === undefined && extension === '.json') return 'expert-map';
  throw new UserError('bad_usage', `${file}: ${asked ?? 'a placement'} is not written to a file of this name`, {
    hint: 'Name it .npy for OmniPlacement, .json for vllm-ascend and SGLang.',
  });
}

export function encode(placement: Placement, format: PlacementFormat): Uint8Array {
  if (format === 'omni-npy') return writePattern(placement);
  return new TextEncoder().encode(format === 'expert-map' ? writeExpertMap(placement) : writeSglangMap(placement));
}
