import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('trust');
/** Healthy to look at, but no request fits into its context. */
const MUTE = 'decode: {max_model_len: 4,';
const CRASHING = 'decode: {extra_args: ["--nonsense"], max_model_len: 4096,';

// one lab, one story: each test begins where the one before it ended
describe('a change that does not serve, in the lab', unless(NO_LAB), () => {
  let first: string;

  beforeAll(async () => {
    await rig.down();
    await rig.up(2);
    const { code, summary } = await serve('decode: {max_model_len: 4096,');
    expect([code, summary.outcome]).toEqual([0, 'done']);
    first = `generation ${(await status()).generation.slice(0, 12)} of run ${summary.run}`;
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it('is taken back by serve itself: exit 7, and the old generation gives a token', async () => {
    const { code, summary } = await serve(MUTE);
    expect([code, summary.outcome, summary.rollback?.outcome]).toEqual([7, 'rolled-back', 'done']);
    expect(summary.next[0]).toMatch(/^the change brought no token: .*maximum context length is 4 tokens/);
    expect(summary.next[1]).toBe(`back to ${first}, which serves again`);
    expect(await served()).toEqual(['serving', '4096']);
  });

  it('is taken back where its servers do not come up too, with their last words', async () => {
    const { code, summary } = await serve(CRASHING);
    expect([code, summary.outcome, summary.rollback?.outcome]).toEqual([7, 'rolled-back', 'done']);
    expect(summary.next[0]).toMatch(
      /^the change's servers did not come up: d0: the server ended before it was ready: .*unrecognized arguments: --nonsense.* \(exit code \d+\)$/,
    );
    expect(summary.next).toContain(`back to ${first}, which serves again`);
    const wait = summary.results.find(({ step, status }) => step === 'run_server/d0/ready' && status === 'failed');
    expect(wait?.output?.join('\n')).toContain('unrecognized arguments: --nonsense');
    expect(await served()).toEqual(['serving', '4096']);
  });

  it('is left as it is with --no-rollback', async () => {
    const { code, summary } = await serve(MUTE, '--no-rollback');
    expect([code, summary.outcome, summary.rollback]).toEqual([6, 'not-serving', undefined]);
    expect(await served()).toEqual(['dead', '4']);
  });

  it('is told with both reasons where the old one does not serve either: exit 8', async () => {
    // what brings the prompts' caches from prefill to decode
    await rig.fault('refuse', 1, '5568');
    const { code, summary } = await serve(MUTE.replace('4', '3'));
    expect([code, summary.outcome, summary.rollback?.outcome]).toEqual([8, 'rollback-failed', 'not-serving']);
    expect(summary.next[0]).toMatch(/^the change brought no token: .*maximum context length is 3 tokens/);
    expect(summary.next[1]).toMatch(
      new RegExp(`^went back to ${first}, which does not serve either: .*pulling the KV cache from .* failed`),
    );
    await rig.fault('unfilter', 1);
    expect(await served()).toEqual(['serving', '4096']);
  });

  it('is not to be confused with a container that docker restarts again and again, which status names', async () => {
    const container = 'omniplace_decode_d0';
    await rig.ssh(2, `docker update --restart=always ${container}`);
    for (const times of [1, 2]) {
      await rig.ssh(2, `kill -9 $(docker inspect -f '{{.State.Pid}}' ${container})`);
      await vi.waitUntil(
        async () =>
          (await rig.ssh(2, `docker inspect -f '{{.RestartCount}} {{.State.Running}}' ${container}`)).stdout ===
          `${times} true\n`,
        { timeout: 20_000, interval: 200 },
      );
    }
    const found = await status();
    expect([found.state, found.nodes.find(({ node }) => node === 'd0')]).toEqual([
      'dead',
      expect.objectContaining({
        state: 'dead',
        reason: expect.stringMatching(
          /^docker restarts its container again and again, 2 times so far: the last time \d+ s ago$/,
        ),
      }),
    ]);
    expect((await serve('decode: {max_model_len: 4096,')).code).toBe(0);
  });

  async function serve(decode: string, ...args: string[]) {
    const file = rig.inventory('1p1d', (text) => text.replace('decode: {max_model_len: 4096,', decode));
    const ran = await rig.omniplace('serve', file, '--yes', '--json', ...args);
    return { code: ran.code, summary: ran.json<RunSummary>() };
  }

  async function status(): Promise<ClusterStatus> {
    const file = rig.inventory('1p1d');
    return (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
  }

  /** State of the cluster, and the context that its decode server was started with. */
  async function served(): Promise<[string, string | undefined]> {
    const script = await rig.ssh(2, 'cat /var/lib/omniplace/trust-1p1d/d0/run_decode.sh');
    return [(await status()).state, /--max-model-len (\d+)/.exec(script.stdout)?.[1]];
  }
});
