import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../../src/deployment/deployment.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { askHealth, askTokens, type StatusProbes } from '../../../src/operations/status/askServers.ts';
import { clusterStatus } from '../../../src/operations/status/status.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

/** Facts of hosts where everything runs; then the status, with every server that `answers` names giving a token. */
async function statusOf(deployment: Deployment, answers: readonly number[], change = (facts: Facts) => facts) {
  const { topology, desired } = buildClusterView(
    deployment,
    NO_INPUTS,
    freshFacts(buildClusterView(deployment, NO_INPUTS, {}).topology, 'i'),
  );
  const facts = change(convergedFacts(topology, desired, deployment.image));
  const asked: string[] = [];
  const probes: StatusProbes = {
    servers: async (_, questions) =>
      questions.map(() => ({ problem: null, isLate: false, metrics: null, metricsStatus: null })),
    completion: async (host, { port, called }) => {
      asked.push(`${called} ${host}:${port}`);
      return answers.includes(port) ? { text: `from ${port}`, tookMs: 5 } : { problem: `${called} answered 500` };
    },
    transfers: async () => ({ state: 'proven', reason: '', pairs: [] }),
    pair: async ({ prefill, decode }) => {
      asked.push(`${prefill.node} ${prefill.port} with ${decode.node} ${decode.port}`);
      return { prefill: prefill.node, decode: decode.node, fault: null, problem: null };
    },
  };
  const clusterView = buildClusterView(deployment, NO_INPUTS, facts);
  const found = { ...(await askHealth(clusterView, probes)), ...(await askTokens(clusterView, probes)) };
  const { token, state, reason } = clusterStatus(clusterView, found, { slowMs: 2_000, dies: {}, watcher: null });
  return { token, state, reason, asked };
}

const MIXED = fakeDeployment({
  mixed: [
    { hosts: ['10.0.0.1'], baseApiPort: 8300 },
    { hosts: ['10.0.0.2'], baseApiPort: 8301 },
  ],
});

describe("the status's token", () => {
  it('comes through the proxy where there is one', async () => {
    expect(await statusOf(fakeDeployment(), [7000])).toEqual({
      token: { text: 'from 7000', tookMs: 5 },
      state: 'serving',
      reason: 'a token came through in 5 ms',
      asked: ['the proxy 10.0.0.1:7000'],
    });
  });

  it('is asked of each pair of servers where the proxy gives none', async () => {
    const prefill = [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }];
    expect(await statusOf(fakeDeployment({ prefill, decode: [{ hosts: ['10.0.0.3'] }] }), [])).toEqual({
      token: { problem: 'the proxy answered 500' },
      state: 'dead',
      reason:
        'no token: the proxy answered 500; every pair gives a token when it is asked without the proxy: the proxy is at fault',
      asked: ['the proxy 10.0.0.1:7000', 'p0 9000 with d0 9100', 'p1 9001 with d0 9100'],
    });
  });

  it('is asked of every mixed server', async () => {
    const { token, asked } = await statusOf(MIXED, [8300, 8301]);
    expect(token).toEqual({ text: 'from 8300', tookMs: 5 });
    expect(asked).toEqual(['the server m0 10.0.0.1:8300', 'the server m1 10.0.0.2:8301']);
  });

  it('makes a cluster degraded when one of them has none, is deaf, or is on a lost host', async () => {
    const stateOf = async (...asked: Parameters<typeof statusOf>) => {
      const { state, reason } = await statusOf(...asked);
      return `${state}: ${reason}`;
    };
    expect(await stateOf(MIXED, [8300])).toBe('degraded: no token: the server m1 answered 500');
    const deaf = (facts: Facts): Facts => ({ ...facts, '10.0.0.2': { ...facts['10.0.0.2']!, listening: [] } as never });
    expect(await stateOf(MIXED, [8300], deaf)).toBe('degraded: no token: the server m1 does not listen on port 8301');
    const lost = (facts: Facts): Facts => ({
      ...facts,
      '10.0.0.1': { reachable: false, address: '10.0.0.1', code: 'unreachable', reason: 'no route' },
    });
    expect(await stateOf(MIXED, [8301], lost)).toBe(
      "degraded: m0 unreachable; no token: the host of the server m0, 10.0.0.1, can't be reached",
    );
  });
});
