/**
 * Metrics of an engine's servers by what they mean, as their Prometheus text names them: histograms without `_sum` and `_count`.
 * Versions name some differently. Of several names the first that a server exports counts.
 */
export interface MetricNames {
  /** Of the servers' API ports. */
  readonly path: string;
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  /** A share of the KV cache, 0 to 1. */
  readonly kvUse: readonly string[];
  /** Seconds. */
  readonly ttft: readonly string[];
  /** Seconds. */
  readonly tpot: readonly string[];
}

/** All names as a server's text has them at the beginning of lines, for a filter. */
export function metricLineNames({ path: _, ttft, tpot, ...simple }: MetricNames): readonly string[] {
  const parts = [...ttft, ...tpot].flatMap((name) => [`${name}_sum`, `${name}_count`]);
  return [...new Set([...Object.values(simple).flat(), ...parts])];
}

/** How it is seen that a decode server got the KV cache of a prompt from a prefill server, and did not compute it by itself. */
export type TransferProof = TransferCounters | { readonly unprovable: string /** why, in words that follow a colon */ };

/** Counters of a decode server, in tokens, by their names in its metrics. */
export interface TransferCounters {
  /** Those that it had from elsewhere. */
  readonly hits: string;
  /** Those that it looked for elsewhere. */
  readonly queries: string;
  /** Transfers that failed, of any connector that counts them. */
  readonly failed: readonly string[];
}
