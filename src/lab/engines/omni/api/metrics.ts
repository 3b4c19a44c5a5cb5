import { parByLayer } from '../experts/par.ts';
import type { Slots } from '../experts/slots.ts';
import type { WindowHistory } from '../windows/history.ts';
import type { Engine, Latencies } from './engine.ts';

/** Prometheus text. Slot counts and PAR are of the whole instance on rank 0, of this rank's own tokens elsewhere. */
export async function renderMetrics(engine: Engine): Promise<string> {
  const { counters, scheduler, servedModelName, slots, activation, group, rank } = engine;
  const model = `model_name="${servedModelName}"`;
  const lines = [
    ...metric('vllm:num_requests_running', 'gauge', [[model, scheduler.running]]),
    ...metric('vllm:num_requests_waiting', 'gauge', [[model, scheduler.waiting]]),
    // a rank's cache is as full as its batch
    ...metric('vllm:gpu_cache_usage_perc', 'gauge', [[model, scheduler.running / scheduler.maxNumSeqs]]),
    ...metric('vllm:prompt_tokens_total', 'counter', [[model, counters.promptTokens]]),
    ...metric('vllm:generation_tokens_total', 'counter', [[model, counters.generationTokens]]),
    ...metric('vllm:request_success_total', 'counter', [
      [`finished_reason="stop",${model}`, counters.finished.stop],
      [`finished_reason="length",${model}`, counters.finished.length],
    ]),
  ];
  lines.push(...latencyMetric('vllm:time_to_first_token_seconds', model, counters.firstToken));
  lines.push(...latencyMetric('vllm:time_per_output_token_seconds', model, counters.outputToken));
  if (slots && activation) {
    const scope = group.collect ? 'instance' : 'rank';
    const counts = group.collect ? await group.collect() : activation.counts;
    if (group.collect) lines.push(...parMetrics(counts, slots), ...windowMetrics(engine.windows));
    const head = `scope="${scope}",source="${rank.dpRank}"`;
    lines.push(...metric('omniplace_lab_slot_tokens_total', 'counter', slotCounts(head, counts, slots)));
  }
  return `${lines.join('\n')}\n`;
}

/** A histogram of one bucket. */
function latencyMetric(name: string, model: string, { sum, count }: Latencies): string[] {
  return [
    `# TYPE ${name} histogram`,
    `${name}_sum{${model}} ${sum}`,
    `${name}_bucket{le="+Inf",${model}} ${count}`,
    `${name}_count{${model}} ${count}`,
  ];
}

type Sample = readonly [labels: string, value: number];

function parMetrics(counts: Float64Array, slots: Slots): string[] {
  const layers = parByLayer(counts, slots);
  const mean = layers.reduce((sum, par) => sum + par, 0) / layers.length;
  return [
    ...metric('omniplace_lab_par', 'gauge', [['', mean]]),
    ...metric(
      'omniplace_lab_layer_par',
      'gauge',
      layers.map((par, layer) => [`layer="${layer}"`, par] as const),
    ),
  ];
}

function windowMetrics({ recordStep, withLoad, par, parSum, changes, expertsMoved }: WindowHistory): string[] {
  return [
    ...metric('omniplace_lab_recordstep', 'gauge', [['', recordStep]]),
    ...metric('omniplace_lab_window_par', 'gauge', par === null ? [] : [['', par]]),
    ...metric('omniplace_lab_windows_total', 'counter', [['', withLoad]]),
    ...metric('omniplace_lab_windows_par_total', 'counter', [['', parSum]]),
    ...metric('omniplace_lab_map_changes_total', 'counter', [['', changes]]),
    ...metric('omniplace_lab_experts_moved_total', 'counter', [['', expertsMoved]]),
  ];
}

function slotCounts(head: string, counts: Float64Array, { numRanks, slotsPerRank, experts }: Slots): Sample[] {
  return Array.from(counts, (tokens, at) => {
    const slot = at % slotsPerRank;
    const rank = Math.floor(at / slotsPerRank) % numRanks;
    const layer = Math.floor(at / slotsPerRank / numRanks);
    return [`${head},layer="${layer}",rank="${rank}",slot="${slot}",expert="${experts[at]}"`, tokens];
  });
}

function metric(name: string, type: 'gauge' | 'counter', samples: readonly Sample[]): string[] {
  return [`# TYPE ${name} ${type}`, ...samples.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`)];
}
