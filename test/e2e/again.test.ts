import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { unless } from '../fakes/unless.ts';
import { brokenRules } from '../report/traceRules.ts';

// one story: served, then served again
describe('a cluster that is served twice', unless(NO_FAKE_CLUSTER), () => {
  const cluster = new FakeCluster(3);
  beforeAll(() => cluster.up());
  afterAll(() => cluster.down());

  const served = async (...more: string[]): Promise<RunSummary> => {
    const { code, stdout, stderr } = await cluster.omniplace('serve', cluster.deployment(), '--yes', '--json', ...more);
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as RunSummary;
  };

  it('has a trace that viewers read, with every step that ran', async () => {
    const file = join(cluster.root, 'serve.trace.json');
    const { results } = await served('--trace', file);
    const text = readFileSync(file, 'utf8');
    expect(brokenRules(text)).toEqual([]);
    const { traceEvents } = JSON.parse(text) as {
      traceEvents: { ph: string; name: string; args: { step?: string } }[];
    };
    const ran = results.filter(({ status }) => status !== 'cancelled').map(({ step }) => step);
    expect(traceEvents.flatMap(({ args }) => args?.step ?? []).sort()).toEqual([...ran].sort());
    const processes = traceEvents
      .filter(({ name }) => name === 'process_name')
      .map(({ args }) => (args as { name?: string }).name);
    expect(processes.sort()).toEqual(['127.0.1.1', '127.0.1.2', '127.0.1.3', 'run']);
  });

  it('takes one round trip for each host and one request for each that answers alone, and changes nothing', async () => {
    const { changed, failed, traffic, durationMs } = await served();
    expect([changed, failed]).toEqual([0, 0]);
    expect(Object.values(traffic).map(({ roundTrips }) => roundTrips)).toEqual([2, 2, 2]);
    expect(durationMs).toBeGreaterThan(0);
  });
});
