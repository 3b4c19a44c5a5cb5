/** Versions of vLLM that the lab imitates, oldest first. */
export const VLLM_IMITATED = ['v0.23.0', 'v0.27.1'] as const;

export type VllmImitated = (typeof VLLM_IMITATED)[number];
