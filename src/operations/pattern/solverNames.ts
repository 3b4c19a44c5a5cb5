/** Known without loading the engine, for help; ours first. A test keeps it equal to what the engine has. */
export const SOLVER_NAMES = [
  'omniplace',
  'omni-rearrange',
  'omni-redundant',
  'omni-dynamic',
  'omni-dynamic-old',
  'eplb',
  'vllm',
  'swift',
  'ascend-default',
  'flashlb',
  'flashlb-percentage',
  'sglang-vec',
  'trtllm',
] as const;
