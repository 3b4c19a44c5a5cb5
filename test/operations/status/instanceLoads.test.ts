import { describe, expect, it } from 'vitest';
import { vllmMetrics } from '../../../src/engines/vllm/vllmMetrics.ts';
import { parseMetrics, type ServerMetrics } from '../../../src/facts/servers/parseMetrics.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { countedSince, type InstanceLoad, instanceLoads } from '../../../src/operations/status/instanceLoads.ts';
import { loadColumns, loadLines } from '../../../src/operations/status/loadText.ts';
import { lookBefore } from '../../../src/operations/status/looks.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }],
  decode: [{ hosts: ['10.0.0.3', '10.0.0.4'] }],
});
const EMPTY = buildClusterView(DEPLOYMENT, NO_INPUTS, {});
const VIEW = buildClusterView(DEPLOYMENT, NO_INPUTS, freshFacts(EMPTY.topology, DEPLOYMENT.image));
const NOTHING: ServerMetrics = { running: null, waiting: null, kvUse: null, ttft: null, tpot: null, startS: null };

const loadsOf = (
  metrics: Readonly<Record<string, Partial<ServerMetrics>>>,
  before: Parameters<typeof instanceLoads>[2],
) =>
  instanceLoads(
    VIEW,
    new Map(Object.entries(metrics).map(([at, known]) => [at, { ...NOTHING, ...known }])),
    before,
    NOW,
  );

describe('the load of an instance', () => {
  it('sums requests over the servers of all of its hosts, and means the use of their caches', () => {
    const metrics = {
      '10.0.0.3:9100': { running: 3, waiting: 1, kvUse: 0.5 },
      '10.0.0.4:9100': { running: 4, waiting: 0, kvUse: 0.25 },
    };
    expect(loadsOf(metrics, null)).toEqual({
      overS: null,
      instances: [{ node: 'd0', role: 'decode', running: 7, waiting: 1, kvUse: 0.375, ttftMs: null, tpotMs: null }],
    });
  });

  it('has means of what was observed since the look before, and of a restarted server of what came since its start', () => {
    const before = {
      at: '2026-11-30T11:58:00Z',
      servers: {
        '10.0.0.3:9100': { ttft: { sum: 10, count: 10 }, tpot: { sum: 5, count: 100 } },
        '10.0.0.4:9100': { ttft: { sum: 99, count: 99 }, tpot: null },
      },
    };
    const metrics = {
      '10.0.0.3:9100': { ttft: { sum: 11, count: 14 }, tpot: { sum: 5, count: 100 } },
      '10.0.0.4:9100': { ttft: { sum: 2, count: 2 }, tpot: { sum: 0.03, count: 1 } },
    };
    const { overS, instances } = loadsOf(metrics, before);
    expect([overS, instances[0]!.ttftMs, instances[0]!.tpotMs]).toEqual([120, 500, 30]);
  });

  it('counts a server that was started since from its start, though it counts more than before', () => {
    const earlier = { ttft: { sum: 10, count: 10 }, tpot: null, start_s: 1_700_000_000 };
    const now = { ttft: { sum: 20, count: 40 }, tpot: null };
    const before = { at: NOW.toISOString(), servers: { '10.0.0.3:9100': earlier } };
    const meanOf = (startS: number) => loadsOf({ '10.0.0.3:9100': { ...now, startS } }, before).instances[0]!.ttftMs;
    expect([meanOf(1_700_000_099), meanOf(1_700_000_000)]).toEqual([500, 333.3]);
  });

  it('has no means of a server that the look before does not have, as those would be since its start', () => {
    const known = { ttft: { sum: 1, count: 2 }, tpot: { sum: 5, count: 100 } };
    const since = { at: NOW.toISOString(), servers: { '10.0.0.3:9100': { ttft: { sum: 0, count: 0 }, tpot: null } } };
    const metrics = { '10.0.0.3:9100': { ttft: { sum: 1, count: 1 } }, '10.0.0.4:9100': { running: 1, ...known } };
    const [load] = loadsOf(metrics, since).instances;
    expect([load!.running, load!.ttftMs, load!.tpotMs]).toEqual([1, 1_000, null]);
  });

  it('has the time between tokens, which prefill has none of', () => {
    const text = (itl: number) =>
      [
        'vllm:request_time_per_output_token_seconds_sum{engine="0"} 0.0',
        'vllm:request_time_per_output_token_seconds_count{engine="0"} 9.0',
        `vllm:inter_token_latency_seconds_sum{engine="0"} ${itl}`,
        `vllm:inter_token_latency_seconds_count{engine="0"} ${itl * 20}`,
        'process_start_time_seconds 1.7e+09',
      ].join('\n');
    expect(parseMetrics(text(0.5), vllmMetrics)).toMatchObject({ tpot: { sum: 0.5, count: 10 }, startS: 1.7e9 });
    const at = (itl: number) => ({ '10.0.0.3:9100': { running: 0, tpot: parseMetrics(text(itl), vllmMetrics).tpot } });
    expect([at(0.5), at(0)].map((metrics) => loadsOf(metrics, null).instances[0]!.tpotMs)).toEqual([50, null]);
  });

  it('is absent where nothing was observed, and where nothing is exported', () => {
    expect(countedSince(null, { sum: 1, count: 1 })).toBe(null);
    const same = { ttft: { sum: 1, count: 1 }, tpot: null };
    const before = { at: NOW.toISOString(), servers: { '10.0.0.3:9100': same } };
    expect(loadsOf({ '10.0.0.3:9100': same }, before).instances).toEqual([]);
    expect(loadsOf({}, null).instances).toEqual([]);
  });
});

describe('the columns of load', () => {
  const load = (known: Partial<InstanceLoad>): InstanceLoad => ({
    ...{ node: 'd0', role: 'decode', running: null, waiting: null, kvUse: null, ttftMs: null, tpotMs: null },
    ...known,
  });
  const shown = (loads: readonly InstanceLoad[]) =>
    loadColumns(loads).map(({ heading, of }) => [heading, ...loads.map(of)]);

  it('are those of which something is known', () => {
    expect(shown([load({ running: 3, kvUse: 0.426 }), load({ ttftMs: 350.4 })])).toEqual([
      ['run', '3', ''],
      ['KV', '43 %', ''],
      ['TTFT', '', '350 ms'],
    ]);
    expect(shown([load({ waiting: 0, ttftMs: 12_345, tpotMs: 9.04 })])).toEqual([
      ['wait', '0'],
      ['TTFT', '12 s'],
      ['TPOT', '9.0 ms'],
    ]);
  });

  it('are explained with how old the look is that means count from', () => {
    const instances = [load({ ttftMs: 1, tpotMs: 1 })];
    expect(loadLines({ overS: 245, instances })).toEqual(['  TTFT and TPOT: means of the last 4 min 05 s']);
    expect(loadLines({ overS: null, instances })).toEqual(['  TTFT and TPOT: means since the servers started']);
    expect(loadLines({ overS: 9, instances: [load({ tpotMs: 1 })] })).toEqual(['  TPOT: mean of the last 9 s']);
    expect(loadLines({ overS: 9, instances: [load({ running: 1 })] })).toEqual([]);
  });
});

describe('the look that a later one counts from', () => {
  const look = (agoS: number) => ({ at: new Date(NOW.getTime() - agoS * 1_000).toISOString(), servers: {} });

  it('is the newest that is 60 s old, else the oldest', () => {
    const [old, minute, young] = [look(90), look(61), look(20)];
    expect(lookBefore([old, minute, young], NOW)).toBe(minute);
    expect(lookBefore([young, look(5)], NOW)).toBe(young);
    expect(lookBefore([], NOW)).toBe(null);
  });
});

describe('the metrics of a server', () => {
  const read = (...lines: readonly string[]) => parseMetrics(lines.join('\n'), vllmMetrics);

  it('are summed over its engines, the use of the cache as a mean', () => {
    expect(
      read(
        '# HELP vllm:num_requests_running Number of requests in model execution batches.',
        '# TYPE vllm:num_requests_running gauge',
        'vllm:num_requests_running{engine="0",model_name="m"} 3.0',
        'vllm:num_requests_running{engine="1",model_name="a {b} c"} 4.0 1395066363000',
        'vllm:num_requests_waiting{engine="0",model_name="m"} 0.0',
        'vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 7.0',
        'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.5',
        'vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.25',
        'vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="m"} 1.0',
        'vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 2.0',
        'vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 2.0',
        'vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 1.5',
        'vllm:time_to_first_token_seconds_created{engine="0",model_name="m"} 1.79e+09',
        'vllm:time_to_first_token_seconds_count{engine="1",model_name="m"} 1e+00',
        'vllm:time_to_first_token_seconds_sum{engine="1",model_name="m"} 0.5',
      ),
    ).toEqual({ running: 7, waiting: 0, kvUse: 0.375, ttft: { sum: 2, count: 3 }, tpot: null, startS: null });
  });

  it('are absent where they are missing or not numbers', () => {
    expect(read('vllm:num_requests_running{engine="0"} NaN', 'vllm:kv_cache_usage_perc', 'garbage {')).toEqual(NOTHING);
    expect(read('vllm:num_requests_running 2', 'vllm:time_to_first_token_seconds_sum 3')).toEqual({
      ...NOTHING,
      running: 2,
    });
  });
});
