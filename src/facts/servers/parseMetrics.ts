import type { MetricNames } from '../../engines/metricNames.ts';
import { metricSamples } from './metricSamples.ts';
import { processStart } from './processStart.ts';

/** What a server knows of itself, over all of its engines. Null: it does not export it. */
export interface ServerMetrics {
  readonly running: number | null;
  readonly waiting: number | null;
  /** Mean share of its engines' KV caches. */
  readonly kvUse: number | null;
  readonly ttft: Histogram | null;
  readonly tpot: Histogram | null;
  /** When it started, in seconds since 1970. */
  readonly startS: number | null;
}

/** Of all observations since the server's start. */
export interface Histogram {
  /** Seconds. */
  readonly sum: number;
  readonly count: number;
}

/** Reads a Prometheus text. Pure; lines of other metrics, and values that are not numbers, are left out. */
export function parseMetrics(text: string, names: MetricNames): ServerMetrics {
  const samples = metricSamples(text);
  const valuesOf = (wanted: readonly string[]) => wanted.map((name) => samples.get(name) ?? []).find(isExported) ?? [];
  const histogramOf = (wanted: readonly string[]): Histogram | null => {
    const name = wanted.find((each) => isExported(samples.get(`${each}_sum`) ?? []));
    const counts = samples.get(`${name}_count`) ?? [];
    return name === undefined || counts.length === 0
      ? null
      : { sum: total(samples.get(`${name}_sum`)!), count: total(counts) };
  };
  const kvUse = valuesOf(names.kvUse);
  return {
    running: sumOf(valuesOf(names.running)),
    waiting: sumOf(valuesOf(names.waiting)),
    kvUse: kvUse.length === 0 ? null : total(kvUse) / kvUse.length,
    ttft: histogramOf(names.ttft),
    tpot: histogramOf(names.tpot),
    startS: processStart(samples),
  };
}

function isExported(values: readonly number[]): boolean {
  return values.length > 0;
}

function sumOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : total(values);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
