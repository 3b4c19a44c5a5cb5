import type { MetricNames, TransferCounters } from '../metricNames.ts';

/**
 * As v0.23.0 and v0.27.1 name them in `vllm/v1/metrics/loggers.py`. TPOT is the time between tokens: `request_time_per_output_token_seconds`
 * counts a request of one token as 0 s, which are all of prefill.
 */
export const vllmMetrics: MetricNames = {
  path: '/metrics',
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  kvUse: ['vllm:kv_cache_usage_perc'],
  ttft: ['vllm:time_to_first_token_seconds'],
  tpot: ['vllm:inter_token_latency_seconds'],
};

/**
 * Of every connector: the scheduler counts what it asked its connector for and what the connector had. Both count before the transfer,
 * so that failed transfers count too.
 */
export const vllmTransfers: TransferCounters = {
  hits: 'vllm:external_prefix_cache_hits_total',
  queries: 'vllm:external_prefix_cache_queries_total',
  failed: ['vllm:nixl_num_failed_transfers_total'],
};
