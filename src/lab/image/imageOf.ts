import { vllmImage } from '../engines/vllm/vllmImage.ts';
import type { Imitates } from '../versions.ts';
import { omniImage } from './contents.ts';
import type { ImageSource } from './labImage.ts';

export function imageOf(imitates: Imitates): ImageSource {
  return imitates.engine === 'vllm' ? vllmImage(imitates.dialect) : omniImage(imitates.dialect);
}
