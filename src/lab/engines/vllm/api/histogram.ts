/** Counts by upper bounds, as Prometheus has them. */
export class Histogram {
  readonly bounds: readonly number[];
  /** Not cumulative; the last is beyond all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const at = this.bounds.findIndex((bound) => value <= bound);
    this.counts[at < 0 ? this.bounds.length : at]!++;
    this.sum += value;
  }
}

const LATENCY = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const FIRST_TOKEN = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];

/** Of seconds, with vLLM's bounds, by their names without `vllm:`. */
export function newHistograms() {
  return {
    time_to_first_token_seconds: new Histogram(FIRST_TOKEN),
    inter_token_latency_seconds: new Histogram(TOKEN),
    request_time_per_output_token_seconds: new Histogram(TOKEN),
    e2e_request_latency_seconds: new Histogram(LATENCY),
    request_queue_time_seconds: new Histogram(LATENCY),
  };
}
