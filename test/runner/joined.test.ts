import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import type { WaitCondition } from '../../src/plan/step.ts';
import { parseWatch, watchScript } from '../../src/runner/actions/watch.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { LocalHost } from '../fakes/localHost.ts';

const folder = mkdtempSync(join(tmpdir(), 'omniplace-joined-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a server that answers nothing itself', () => {
  const deployment = fakeDeployment({ prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }] });
  const { topology } = buildClusterView(deployment, NO_INPUTS, {});
  const plan = planOf(buildClusterView(deployment, NO_INPUTS, freshFacts(topology, deployment.image)));
  const wait = plan.steps.find(({ id }) => id === 'run_server/p1/ready');

  it('is waited for until it has joined, not for servers it does not have', () => {
    expect(wait?.title).toBe('wait for the ray worker to join');
    expect(wait?.action).toMatchObject({ until: { probes: [], joined: '/var/lib/omniplace/r1/p1/run/joined' } });
    const master = plan.steps.find(({ id }) => id === 'run_server/p0/ready');
    expect(master?.action).toMatchObject({ until: { joined: null } });
  });

  it('has joined once its script left the mark', async () => {
    if (wait?.action.kind !== 'wait') throw new Error('no wait');
    const until: WaitCondition = { ...wait.action.until, joined: join(folder, 'joined') };
    const look = async () => parseWatch((await new LocalHost('here').run(watchScript(until))).stdout).joined;
    expect(await look()).toBe(false);
    writeFileSync(join(folder, 'joined'), '');
    expect(await look()).toBe(true);
  });
});
