import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { finished, said } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const cluster = new FakeCluster(2);
const status = async (file: string) => (await cluster.omniplace('status', file, '--json')).json<ClusterStatus>();

// one cluster, one story: each test begins where the one before it ended
describe('a run that did not end well', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    expect((await cluster.omniplace('serve', cluster.deployment(['--seed', '1']), '--yes')).code).toBe(0);
  });
  afterAll(() => cluster.down());

  it('is not finished over what somebody changed on a host since, which is named', async () => {
    const file = cluster.deployment(['--seed', '2', '--delay', '5']);
    const child = cluster.start('serve', file, '--yes', '-v');
    const done = finished(child);
    await said(child, /wait for 1 server ready \.\.\./);
    child.kill('SIGKILL');
    await done;
    const script = cluster.path(2, 'm1/run_mixed.sh');
    const before = readFileSync(script, 'utf8');
    writeFileSync(script, `${before}# by hand\n`);
    const refused = await cluster.omniplace('serve', '--resume', file, '--yes');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /error drifted: The hosts changed since run [^\n]*nothing was touched:\n {2}m1 127\.0\.1\.2: [^\n]*run_mixed\.sh was put by it, and is something else now\n/,
      ),
    ]);
    writeFileSync(script, before);
    const resumed = await cluster.omniplace('serve', '--resume', file, '--yes', '--json');
    expect([resumed.code, resumed.json<RunSummary>().outcome]).toEqual([0, 'done']);
  });

  it('of which a part was served leaves mixed generations, which status names until serve ends them', async () => {
    const file = cluster.deployment(['--seed', '3']);
    const part = await cluster.omniplace('serve', file, '--yes', '--limit', 'm0', '--json');
    expect(part.code).toBe(0);
    expect((await status(file)).runs.mixed).toMatch(/^m0 of the deployment as it is; m1 of run \S+$/);
    expect((await cluster.omniplace('status', file)).stdout).toMatch(/^ {2}mixed generations: m0 of /m);
    expect((await cluster.omniplace('serve', file, '--yes')).code).toBe(0);
    expect((await status(file)).runs.mixed).toBeNull();
  });

  it('is done again with --failed where it failed, and nowhere else', async () => {
    const file = cluster.deployment(['--seed', '4']);
    const server = `${cluster.root}/server.py`;
    cluster.inHost(2, `cp ${server} ${server}.whole && mount --bind /dev/null ${server}`);
    const failed = await cluster.omniplace('serve', file, '--yes', '--no-rollback', '--json');
    expect([failed.code, failed.json<RunSummary>().outcome]).toEqual([3, 'failed']);
    cluster.inHost(2, `mount --bind ${server}.whole ${server}`);
    const again = (await cluster.omniplace('serve', '--failed', file, '--yes', '--json')).json<RunSummary>();
    expect([again.outcome, again.results.filter(({ status }) => status === 'changed').map(({ step }) => step)]).toEqual(
      ['done', ['run_server/m1/spawn', 'run_server/m1/ready']],
    );
    expect((await status(file)).state).toBe('serving');
  });
});
