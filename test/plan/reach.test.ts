import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Facts } from '../../src/facts/facts.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import type { Step } from '../../src/plan/step.ts';
import { runPlan } from '../../src/runner/run.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { LocalHost } from '../fakes/localHost.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'], dies: [0, 1] }],
  decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], dies: [0, 1] }],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-reach-'));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('dies of different hosts', () => {
  it('are to ping their like on the hosts before and behind, in one batch per host, before anything is touched', () => {
    const steps = reachSteps(false);
    expect(steps.map(({ id, host, title }) => [id, host, title])).toEqual([
      ['preflight/p0/reach', '10.0.0.1', 'ping dies of 10.0.0.3 and 10.0.0.2'],
      ['preflight/d0/reach', '10.0.0.2', 'ping dies of 10.0.0.1 and 10.0.0.3'],
      ['preflight/d1/reach', '10.0.0.3', 'ping dies of 10.0.0.2 and 10.0.0.1'],
    ]);
    const pairs = ['0=172.16.3.0', '0=172.16.2.0', '1=172.16.3.1', '1=172.16.2.1'];
    expect(steps[0]?.action.kind === 'exec' && steps[0].action.argv.slice(3)).toEqual(['sh', ...pairs]);
  });

  it('have shown it where the cluster serves', () => {
    expect(reachSteps(true)).toEqual([]);
  });

  it.each([
    ['reach each other', 'echo "recv time=0.100000ms, 1 packets transmitted, 1 received, 0.00% packet loss"', 'ok', []],
    [
      'are named when one is out',
      'case $6 in *.3.1) echo "3 packets transmitted, 3 lost, 100.00% packet loss"; exit 1;; *) echo "1 received";; esac',
      'failed',
      ['die 1 can not reach 172.16.3.1'],
    ],
    ['are not judged by a tool that can not ping', 'echo "usage: -ip -g" >&2; exit 1', 'ok', []],
  ])('%s', async (_, tool, status, output) => {
    writeFileSync(join(folder, 'hccn_tool'), `#!/bin/sh\n${tool}\n`);
    chmodSync(join(folder, 'hccn_tool'), 0o755);
    const [first] = reachSteps(false);
    const local = new LocalHost('10.0.0.1');
    const [result] = await runPlan(
      { cluster: 'c', digest: 'd', generation: 'g', steps: [{ ...first!, needs: [] }] },
      {
        open: async () => local,
        emit: () => {},
        journal: { begin: async () => {}, end: async () => {} },
        signal: new AbortController().signal,
        nowMs: () => 0,
        forks: 1,
        policy: { onFailure: 'stop', maxFail: 0 },
      },
    );
    expect([result?.status, result?.output]).toEqual([status, output]);
    expect(local.meter.roundTrips).toBe(1);
  });
});

function reachSteps(serving: boolean): Step[] {
  const clusterView = clusterOf(DEPLOYMENT, serving);
  const facts: Facts = Object.fromEntries(
    Object.entries(clusterView.facts).map(([address, host]) => [
      address,
      host.reachable
        ? { ...host, deviceIps: pick(host.deviceIps), machine: { ...host.machine, pingsDies: true } }
        : host,
    ]),
  );
  return planOf(buildClusterView(DEPLOYMENT, NO_INPUTS, facts)).steps.filter((step) => step.id.endsWith('/reach'));
}

/** Facts hold the addresses of the dies asked for. */
function pick(ips: Readonly<Record<string, string>>): Record<string, string> {
  return { 0: ips[0]!, 1: ips[1]! };
}
