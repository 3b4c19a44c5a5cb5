import { extname } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { CODECS, type PlacementFormat } from '../../placement/index.ts';

/** `.npy` is OmniPlacement's; of the two JSON forms vllm-ascend's is meant unless another is asked for. */
export function formatOf(file: string, asked?: PlacementFormat): PlacementFormat {
  const extension = extname(file).toLowerCase();
  const formats = Object.keys(CODECS) as PlacementFormat[];
  const usual = formats.find((format) => CODECS[format].extension === extension);
  if (asked === undefined && usual !== undefined) return usual;
  const isNumpy = (name: string) => name === '.npy';
  if (asked !== undefined && isNumpy(extension) === isNumpy(CODECS[asked].extension)) return asked;
  throw new UserError('bad_usage', `${file}: ${asked ?? 'a placement'} is not written to a file of this name`, {
    hint: 'Name it .npy for OmniPlacement, .json for vllm-ascend and SGLang.',
  });
}
