import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Outage } from '../../../src/operations/cluster/outage.ts';
import type { Plan } from '../../../src/plan/step.ts';
import type { RunSummary } from '../../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

interface Checked {
  readonly plan: Plan;
  readonly pending: string | null;
  readonly outages: readonly (Outage & { readonly text: string })[];
}

const cluster = new FakeCluster(2);
const omniplace = inProcess();
let file = '';
const changed = ({ results }: RunSummary) =>
  results.filter(({ status }) => status === 'changed').map(({ step }) => step);

describe('a restart of servers', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home'));
    await cluster.up();
    file = cluster.deployment();
    expect(await omniplace('serve', file, '--yes')).toMatchObject({ code: 0 });
    cluster.deployment(['--delay', '0']);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('restarts what is installed, and names an edit of the file and the outage', async () => {
    const { answer } = await omniplace<Checked>('restart', 'm0', file, '--check');
    expect(answer.pending).toMatch(
      /^not taken along: cluster\.yml differs from what .* served .*--apply takes it along$/,
    );
    expect(answer.outages.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^mixed: m0 is away for about .* \(its last start\): .*; m1 serves meanwhile$/),
    ]);
    const restarted = await omniplace<RunSummary>('restart', 'm0', file, '--yes');
    expect([restarted.code, changed(restarted.answer)]).toEqual([
      0,
      ['stop_server/m0/stop', 'run_server/m0/spawn', 'run_server/m0/ready'],
    ]);
  });

  it('takes the edit along with --apply', async () => {
    const { code, answer } = await omniplace<RunSummary>('restart', 'm0', file, '--apply', '--yes');
    expect([code, changed(answer)]).toEqual([
      0,
      ['push_config/m0/put', 'stop_server/m0/stop', 'run_server/m0/spawn', 'run_server/m0/ready'],
    ]);
  });

  it('of the last instance needs more than --yes', async () => {
    expect(await omniplace('stop', 'm1', file, '--yes')).toMatchObject({ code: 0 });
    const { code, answer } = await omniplace('restart', 'm0', file, '--apply', '--yes');
    expect([code, answer]).toMatchObject([2, { error: { code: 'needs_last' } }]);
  });
});
