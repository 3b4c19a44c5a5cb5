import type { MetricNames, TransferProof } from '../metricNames.ts';

/** Of the vLLM 0.9 that OmniInfer patches: its `metrics_config_vllm_0.9.0.yaml` lists them. A newer vLLM renamed the KV cache's. */
export const omniMetrics: MetricNames = {
  path: '/metrics',
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  kvUse: ['vllm:gpu_cache_usage_perc', 'vllm:kv_cache_usage_perc'],
  ttft: ['vllm:time_to_first_token_seconds'],
  tpot: ['vllm:time_per_output_token_seconds'],
};

/** Decode counts a prompt the same way whether it computed it or pulled its KV cache. */
export const omniTransfers: TransferProof = { unprovable: 'the vLLM 0.9 in OmniInfer does not count it' };
