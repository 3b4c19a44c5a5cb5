import { extname } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import type { PlacementFormat } from '../../placement/index.ts';

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
