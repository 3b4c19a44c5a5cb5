import type { FrontEngine } from './frontEngine.ts';
import type { Histogram } from './histogram.ts';

const CREATED = Math.floor(Date.now() / 1000);

export interface MetricsInput {
  readonly engines: readonly FrontEngine[];
  readonly servedModelName: string;
  readonly usesNixl: boolean;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** `/metrics` with vLLM's names, as Prometheus' client for Python writes them. */
export function vllmMetrics({ engines, servedModelName: model_name, usesNixl }: MetricsInput): string {
  const labels = ({ core }: FrontEngine) => ({ model_name, engine: String(core.rank) });
  const each = (value: (engine: FrontEngine) => number): Sample[] =>
    engines.map((engine) => [labels(engine), value(engine)]);
  const counters = Object.keys(engines[0]?.counters ?? {}) as (keyof FrontEngine['counters'])[];
  const histograms = Object.keys(engines[0]?.histograms ?? {}) as (keyof FrontEngine['histograms'])[];
  const finished = engines.flatMap((engine) =>
    Object.entries(engine.finished).map(
      ([finished_reason, value]): Sample => [{ ...labels(engine), finished_reason }, value],
    ),
  );
  const lines = [
    ...gauge(
      'num_requests_running',
      each(({ scheduler }) => scheduler.running),
    ),
    ...gauge(
      'num_requests_waiting',
      each(({ scheduler }) => scheduler.waiting),
    ),
    ...gauge(
      'kv_cache_usage_perc',
      each(({ core }) => core.state().usage),
    ),
    ...counters.flatMap((name) =>
      counter(
        name,
        each((engine) => engine.counters[name]),
      ),
    ),
    ...counter('request_success', finished),
    ...(usesNixl ? nixl(each) : []),
    ...histograms.flatMap((name) =>
      histogram(
        name,
        engines.map((engine) => [labels(engine), engine.histograms[name]] as const),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function nixl(each: (value: (engine: FrontEngine) => number) => Sample[]): string[] {
  return [
    ...counter(
      'nixl_num_failed_transfers',
      each(({ failedTransfers }) => failedTransfers),
    ),
    ...counter(
      'nixl_num_kv_expired_reqs',
      each(({ core }) => core.state().expired),
    ),
  ];
}

function gauge(name: string, samples: readonly Sample[]): string[] {
  return [...head(name, 'gauge'), ...samples.map(([labels, value]) => sample(name, labels, value))];
}

function counter(name: string, samples: readonly Sample[]): string[] {
  return [
    ...head(`${name}_total`, 'counter'),
    ...samples.map(([labels, value]) => sample(`${name}_total`, labels, value)),
    ...head(`${name}_created`, 'gauge'),
    ...samples.map(([labels]) => sample(`${name}_created`, labels, CREATED)),
  ];
}

function histogram(name: string, of: readonly (readonly [Readonly<Record<string, string>>, Histogram])[]): string[] {
  const buckets = of.flatMap(([labels, { bounds, counts, sum }]) => {
    let below = 0;
    const lines = counts.map((count, at) => {
      below += count;
      const le = at === bounds.length ? '+Inf' : python(bounds[at]!);
      return sample(`${name}_bucket`, { ...labels, le }, below);
    });
    return [...lines, sample(`${name}_count`, labels, below), sample(`${name}_sum`, labels, sum)];
  });
  return [...head(name, 'histogram'), ...buckets];
}

function head(name: string, type: string): string[] {
  return [`# HELP vllm:${name} ${name}`, `# TYPE vllm:${name} ${type}`];
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `vllm:${name}{${sorted.map(([key, text]) => `${key}="${text}"`).join(',')}} ${python(value)}`;
}

/** As Python prints a float. */
function python(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
