import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { unless } from '../fakes/unless.ts';

const cluster = new FakeCluster(2);
let file = '';

const fill = 'cat /dev/zero 2>/dev/null';
const status = async () => (await cluster.omniplace('status', file, '--json')).json<ClusterStatus>();

// one cluster, one story: each test begins where the one before it ended
describe('a host whose disk is full', unless(NO_FAKE_CLUSTER), () => {
  const folder = () => `${cluster.root}/state`;

  beforeAll(async () => {
    await cluster.up();
    cluster.inHost(2, `mount -t tmpfs -o size=1g tmpfs ${folder()}`);
    file = cluster.deployment(['--seed', '1']);
    expect((await cluster.omniplace('serve', file, '--yes')).code).toBe(0);
    cluster.inHost(2, `mount -o remount,size=16m ${folder()}`);
    cluster.inHost(2, `${fill} >${folder()}/filler || df -P ${folder()} | grep -q 100%`);
  });
  afterAll(() => cluster.down());

  it('is looked at as ever', async () => {
    expect((await status()).state).toBe('serving');
    expect((await cluster.omniplace('lock', 'status', file)).code).toBe(0);
  });

  it('is given nothing: serve names it before anything is touched', async () => {
    const ran = await cluster.omniplace('serve', cluster.deployment(['--seed', '2'], 'other.yml'), '--yes', '--json');
    const { changed, results } = ran.json<RunSummary>();
    expect([ran.code, changed]).toEqual([3, 0]);
    const [failed] = results.filter((result) => result.status === 'failed');
    expect(failed?.message).toBe(
      `0 MiB free at ${folder()}, 64 MiB needed (free some space, or set services.state_path to a larger disk)`,
    );
  });

  it('is stopped all the same, without the lock that it can not hold, which is said', async () => {
    const ran = await cluster.omniplace('stop', file, '--yes', '--last');
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining(`127.0.1.2 can't hold the cluster's lock`)]);
    expect((await status()).state).toBe('stopped');
    expect(cluster.inHost(2, `ls -A ${folder()}/fakes`)).not.toMatch(/new/);
    expect(cluster.text(1, 'lease')).toBe(null);
  });

  it('serves again once there is room', async () => {
    cluster.inHost(2, `rm ${folder()}/filler && mount -o remount,size=1g ${folder()}`);
    const ran = await cluster.omniplace('serve', file, '--yes');
    expect([ran.code, ran.stderr.slice(-500)]).toEqual([0, ran.stderr.slice(-500)]);
    expect((await status()).state).toBe('serving');
  });
});
