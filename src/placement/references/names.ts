/** The solvers of other projects, known without loading them: for help. */
export const REFERENCE_NAMES = [
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

/** OmniPlacement's tool has two solvers, which decide by themselves how many slots a rank has. */
export const TOOL_SOLVERS = { rearrange: 'omni-rearrange', redundant: 'omni-redundant' } as const;

export function isToolSolver(name: string): boolean {
  return Object.values<string>(TOOL_SOLVERS).includes(name);
}
