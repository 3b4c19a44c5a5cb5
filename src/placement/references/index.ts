import { ascendDefault } from './ascendDefault.ts';
import { eplb } from './eplb.ts';
import { flashlb, flashlbPercentage } from './flashlb.ts';
import type { ReferenceSolver } from './layerProblem.ts';
import { omniDynamic } from './omniDynamic.ts';
import { omniDynamicOld } from './omniDynamicOld.ts';
import { omniRearrange, omniRedundant } from './omniTool.ts';
import { sglangVec } from './sglangVec.ts';
import { swift } from './swift.ts';
import { trtllm } from './trtllm.ts';
import { vllm } from './vllm.ts';

/** Other projects' solvers, by the names users give them. Each file says what it follows and where it deviates. */
export const references = {
  'omni-rearrange': omniRearrange,
  'omni-redundant': omniRedundant,
  'omni-dynamic': omniDynamic,
  'omni-dynamic-old': omniDynamicOld,
  eplb,
  vllm,
  swift,
  'ascend-default': ascendDefault,
  flashlb,
  'flashlb-percentage': flashlbPercentage,
  'sglang-vec': sglangVec,
  trtllm,
} as const satisfies Record<string, ReferenceSolver>;

export type ReferenceName = keyof typeof references;
