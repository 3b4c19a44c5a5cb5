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
