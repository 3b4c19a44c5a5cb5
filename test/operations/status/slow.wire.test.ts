import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClusterStatus } from '../../../src/operations/status/status.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

const cluster = new FakeCluster(1);
const omniplace = inProcess();

describe('a server that answers after 2.6 s', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', `${cluster.root}/home`);
    await cluster.up();
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('makes its cluster slow or serving by the limit, and never dead', async () => {
    const file = cluster.deployment(['--token-after', '2.6']);
    expect((await omniplace('serve', file, '--yes')).code).toBe(0);
    const slow = await omniplace<ClusterStatus>('status', file);
    expect([slow.code, slow.answer.state, slow.answer.reason]).toEqual([
      0,
      'slow',
      expect.stringMatching(/^a token came through in \d\.\d s; over 2\.0 s is slow \(--slow\)$/),
    ]);
    const serving = await omniplace<ClusterStatus>('status', file, '--slow', '20s');
    expect([serving.code, serving.answer.state]).toEqual([0, 'serving']);
    const late = await omniplace<ClusterStatus>('status', file, '--timeout', '1s');
    expect([late.code, late.answer.state]).toEqual([6, 'degraded']);
  });

  it('shows its load, which counts from its start at the first look, and from the look that was kept at the next', async () => {
    const file = cluster.deployment([], 'load.yml');
    expect((await omniplace('serve', file, '--yes')).code).toBe(0);
    const first = (await omniplace<ClusterStatus>('status', file)).answer.loads;
    const known = { node: 'm0', role: 'mixed', running: 1, waiting: 0, kvUse: 0.25, tpotMs: null };
    // a token of serve, and that of status where it was first
    expect(first).toEqual({ overS: null, instances: [{ ...known, ttftMs: 250 }] });
    const { loads } = (await omniplace<ClusterStatus>('status', file)).answer;
    expect(loads).toEqual({ overS: expect.any(Number), instances: [{ ...known, ttftMs: 250 }] });
  });

  it('is asked with the key that its arguments contain, or with api_key', async () => {
    const file = cluster.deployment(['--api-key', 'sesame'], 'key.yml');
    expect((await omniplace('serve', file, '--yes')).code).toBe(0);
    expect((await omniplace<ClusterStatus>('status', file)).answer.token).toMatchObject({ text: ' ok' });
    const { code, answer } = await omniplace<ClusterStatus>('status', file, '-e', 'services.api_key={env: NO_KEY}');
    const want = 'the server m0 answers, and needs an API key (401). The environment variable NO_KEY is not set.';
    expect([code, answer.reason]).toEqual([0, want]);
    vi.stubEnv('WRONG_KEY', 'wrong');
    const refused = await omniplace<ClusterStatus>('status', file, '-e', 'services.api_key={env: WRONG_KEY}');
    expect([refused.code, refused.answer.state, refused.answer.reason]).toEqual([
      0,
      'serving',
      'the server m0 answers, and refuses the API key (401)',
    ]);
  });
});
