import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/runner/event.ts';
import { parseLease } from '../../src/state/leaseFile.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { finished, said } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const cluster = new FakeCluster(2);
const QUICK = { OMNIPLACE_LEASE_TTL: '3' };
let file = '';
let seed = 0;

/** A deployment whose servers take this long to come up: the run is at work meanwhile. */
const changed = (delayS = 0) => cluster.deployment(['--seed', String(++seed), '--delay', String(delayS)]);
const leases = () => [1, 2].map((host) => parseLease(cluster.text(host, 'lease')));
async function held(): Promise<void> {
  for (let tries = 0; tries < 600 && leases().some((lease) => lease === null); tries += 1) await pause(50);
}
const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

describe("a cluster's lease", unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    // all that follows is between hosts whose clocks are an hour apart
    const date = `${cluster.root}/date`;
    writeFileSync(
      date,
      '#!/usr/bin/python3\nimport sys, time\nnow = time.time() + 3600\nprint(int(now) if sys.argv[1:] == ["+%s"] else now)\n',
    );
    chmodSync(date, 0o755);
    cluster.inHost(2, `mount --bind ${date} $(command -v date)`);
    file = changed();
    const first = await cluster.omniplace('serve', file, '--yes');
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringMatching(/warning: 127\.0\.1\.2: clock is 3[56]\d\d\.\d s ahead of this machine's/),
    ]);
  });
  afterAll(() => cluster.down());

  it.each([2, 8])('lets one of %i controllers write; the others exit 5 and name it', async (count) => {
    file = changed(4);
    const children = Array.from({ length: count }, (_, i) =>
      cluster.startAs(`user${i}`, QUICK, 'serve', file, '--yes', '--json'),
    );
    const ran = await Promise.all(children.map(finished));
    const writers = ran.filter(({ code, stdout }) => code === 0 && (JSON.parse(stdout) as RunSummary).changed > 0);
    expect(writers).toHaveLength(1);
    const { run } = writers[0]!.json<RunSummary>();
    for (const loser of ran.filter((each) => each !== writers[0])) {
      const { error, changed } = loser.json<{ error?: { message: string }; changed?: number }>();
      // who came when all was done finds nothing to do
      if (error === undefined)
        expect([loser.code, changed, loser.code === 0 ? '' : loser.stdout.slice(0, 6000)]).toEqual([0, 0, '']);
      else
        expect([loser.code, error.message]).toEqual([
          5,
          expect.stringMatching(new RegExp(`^(fakes is locked by |127\\.0\\.1\\.\\d was changed by run ).*${run}`)),
        ]);
    }
    expect(leases()).toEqual([null, null]);
  });

  it('shows who holds it, and that he lives', async () => {
    const child = cluster.startAs('me', QUICK, 'serve', changed(10), '--yes', '-v');
    const done = finished(child);
    await held();
    const status = await cluster.omniplace('lock', 'status', file);
    expect(status.code).toBe(5);
    expect(status.stdout).toMatch(
      /^fakes is locked by .*: serve, run .*, process \d+ of .*\n {2}since .* on 2 hosts: 127\.0\.1\.1, 127\.0\.1\.2\n {2}It lives: /,
    );
    expect((await done).code).toBe(0);
    expect((await cluster.omniplace('lock', 'status', file)).stdout).toBe('Nobody changes fakes.\n');
  });

  it('is given back at Ctrl-C, and status says how to go on', async () => {
    const child = cluster.startAs('me', {}, 'serve', changed(20), '--yes', '-v');
    const done = finished(child);
    await said(child, /wait for 1 server ready/);
    child.kill('SIGINT');
    const ran = await done;
    expect([ran.code, leases()]).toEqual([130, [null, null]]);
    const status = await cluster.omniplace('status', file);
    expect(status.stdout).toMatch(/\n {2}! run \S+ was interrupted: omniplace serve --resume /);
    expect((await cluster.omniplace('serve', changed(), '--yes')).code).toBe(0);
  });

  it('is taken over at once from a controller that was killed, which leaves nothing behind', async () => {
    const child = cluster.startAs('me', {}, 'serve', changed(20), '--yes', '-v');
    const done = finished(child);
    await said(child, /wait for 1 server ready/);
    child.kill('SIGKILL');
    await done;
    expect(leases().every((lease) => lease !== null)).toBe(true);
    const status = await cluster.omniplace('lock', 'status', file);
    expect(status.stdout).toContain('Its process is gone from this machine');
    const next = await cluster.omniplace('serve', changed(), '--yes', '--json');
    expect([next.code, leases()]).toEqual([0, [null, null]]);
    expect(next.tookMs).toBeLessThan(30_000);
  });

  it('is taken over from a paused controller, which is fenced when it wakes', async () => {
    const sleeper = cluster.startAs('sleeper', QUICK, 'serve', changed(8), '--yes', '--json');
    const asleep = finished(sleeper);
    await held();
    await pause(1500);
    sleeper.kill('SIGSTOP');
    const [before] = leases();
    const next = await finished(cluster.startAs('other', QUICK, 'serve', changed(), '--yes', '--json'));
    expect([next.code, next.json<RunSummary>().outcome]).toEqual([0, 'done']);
    const script = cluster.text(1, 'm0/run_mixed.sh');
    sleeper.kill('SIGCONT');
    const woken = await asleep;
    expect(woken.code).toBe(5);
    const summary = woken.json<RunSummary>();
    expect(summary.outcome).toBe('locked');
    expect(summary.next[0]).toMatch(/^the lease of this run (is gone from|was taken over on) 127\.0\.1\.\d/);
    // it wrote nothing any more, and took nobody's lease
    expect([cluster.text(1, 'm0/run_mixed.sh'), leases(), before?.token]).toEqual([
      script,
      [null, null],
      expect.any(Number),
    ]);
    expect(
      (
        await cluster.omniplace('serve', cluster.deployment(['--seed', String(seed), '--delay', '0']), '--json')
      ).json<RunSummary>().changed,
    ).toBe(0);
  });

  it('can be taken away by hand', async () => {
    const child = cluster.startAs('me', {}, 'serve', changed(20), '--yes', '--json');
    const done = finished(child);
    await held();
    const id = leases()[0]?.id ?? '';
    expect((await cluster.omniplace('lock', 'release', id, file)).stderr).toContain(
      'error needs_yes: This takes the lease away:',
    );
    const released = await cluster.omniplace('lock', 'release', id, file, '--yes');
    expect([released.code, released.stdout]).toEqual([0, `Released ${id} on 2 of 2 hosts.\n`]);
    expect((await done).code).toBe(5);
    expect(isAlive(child)).toBe(false);
    expect((await cluster.omniplace('stop', file, '--remove', '--yes', '--last')).code).toBe(0);
    expect([1, 2].map((host) => existsSync(cluster.path(host, '.')))).toEqual([false, false]);
  });
});
