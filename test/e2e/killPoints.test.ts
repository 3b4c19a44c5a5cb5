import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { finished, type Ran } from '../fakes/lab.ts';
import { LONG, SEED } from '../fakes/seed.ts';
import { unless } from '../fakes/unless.ts';

const cluster = new FakeCluster(2);
// OMNIPLACE_KILLS=from-to: a part of the sweep
const [from, to] = (process.env.OMNIPLACE_KILLS ?? (LONG ? '1-200' : '1-3')).split('-').map(Number) as [number, number];
const KILLED = Array.from({ length: to - from + 1 }, (_, i) => [from + i, 'SIGKILL'] as const);
// who is asked to end ends the remote work and gives the lease back himself
const ASKED = Array.from(
  { length: LONG ? 20 : 0 },
  (_, i) => [from + 500 + i, i % 2 === 0 ? 'SIGTERM' : 'SIGINT'] as const,
);

/** Numerical Recipes' generator: the same seed kills at the same point. */
function randomOf(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const deployment = (seed: number) => cluster.deployment(['--seed', String(seed)]);
const seedsOn = () =>
  [1, 2].map((host) => /seed\W+(\d+)/.exec(cluster.text(host, `m${host - 1}/run_mixed.sh`) ?? '')?.[1]);

describe('a serve killed at any point', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    for (const seed of [from * 1000, from * 1000 + 1])
      expect((await cluster.omniplace('serve', deployment(seed), '--yes')).code).toBe(0);
  });
  afterAll(() => cluster.down());

  it.each([...KILLED, ...ASKED])(
    'converges to one whole generation (seed %i, %s)',
    { timeout: 180_000 },
    async (seed, signal) => {
      const random = randomOf(LONG ? seed + SEED : seed);
      const wanted = from * 1000 + 1 + seed;
      // every fourth time from nothing, as a new cluster
      const isNew = random() < 0.25;
      if (isNew) expect((await cluster.omniplace('stop', deployment(0), '--remove', '--yes', '--last')).code).toBe(0);
      const file = deployment(wanted);
      const child = cluster.start('serve', file, '--yes', '-v');
      const done = finished(child);
      const point = random() < 0.5 ? atLine(Math.floor(random() * (isNew ? 34 : 24))) : atTime(random() * 3500);
      await Promise.race([point(child), done]);
      child.kill(signal);
      const killed = await done;
      if (signal !== 'SIGKILL' && hasBegun(killed)) expect([0, 130]).toContain(killed.code);

      const goesBack = !isNew && random() < 0.4;
      let ran = await cluster.omniplace(
        ...(goesBack ? ['rollback', file] : ['serve', '--resume', file]),
        '--yes',
        '--json',
      );
      // killed before it had begun (then the run that could be resumed is an earlier one, of an earlier file), or after it had ended
      const notItsRun = hasBegun(killed)
        ? /nothing_to_resume|(only|nothing older than) what is there now is kept/
        : /_to_resume|_changed|(only|nothing older than) what is/;
      if (ran.code === 2 && notItsRun.test(ran.stdout)) ran = await cluster.omniplace('serve', file, '--yes', '--json');
      const context = `killed after: ${killed.stderr.trim().split('\n').at(-1)}\n${ran.stdout.slice(0, 3000)}${ran.stderr}`;
      expect([ran.code, context]).toEqual([0, context]);

      const status = (await cluster.omniplace('status', file, '--json')).json<ClusterStatus>();
      expect([status.state, status.runs.mixed, status.runs.lease, status.runs.interrupted]).toEqual([
        'serving',
        null,
        null,
        null,
      ]);
      const [one, two] = seedsOn();
      expect(one).toBe(two);
      if (!goesBack) expect(one).toBe(String(wanted));
      const list = [1, 2].map((host) => cluster.text(host, 'generations/kept'));
      expect(list[0]).toBe(list[1]);
    },
  );
});

function hasBegun({ stderr }: Ran): boolean {
  return /^\[[^\]]*\] \w+: \d+ steps?$/m.test(stderr);
}

type Point = (child: ReturnType<FakeCluster['start']>) => Promise<void>;

/** At the boundary of a step, which begins and ends with a line. */
function atLine(count: number): Point {
  return (child) =>
    new Promise((resolve) => {
      let lines = 0;
      child.stderr?.on('data', (chunk: Buffer) => {
        lines += chunk.toString().split('\n').length - 1;
        if (lines > count) resolve();
      });
    });
}

function atTime(ms: number): Point {
  return () => new Promise((resolve) => setTimeout(resolve, 500 + ms));
}
