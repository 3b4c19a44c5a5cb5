import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { parseKept } from '../../src/state/kept.ts';
import { parseRunFact } from '../../src/state/runFact.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { unless } from '../fakes/unless.ts';

const cluster = new FakeCluster(2);
const good = ['--seed', '8'];
let file = '';
let first = '';

const kept = (host: number) => parseKept(cluster.text(host, 'generations/kept')).map(({ run }) => run);
const last = (host: number) => parseRunFact(cluster.text(host, 'run'));
const scriptOn = (host: number) => cluster.text(host, `m${host - 1}/run_mixed.sh`) ?? '';
const json = async (...args: string[]) => {
  const ran = await cluster.omniplace(...args, '--json');
  const summary = ran.json<RunSummary & { error?: { code: string; message: string } }>();
  const failed = summary.results?.filter(({ status }) => status === 'failed' || status === 'unreachable') ?? [];
  if (ran.code === 3) throw new Error(JSON.stringify(failed, null, 1));
  return { code: ran.code, summary };
};

// one cluster, one story: each test begins where the one before it ended
describe('generations', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    file = cluster.deployment(good);
  });
  afterAll(() => cluster.down());

  it('never go back to nothing: a first serve without a token exits 6', async () => {
    const { code, summary } = await json('serve', cluster.deployment(['--broken'], 'bad.yml'), '--yes');
    expect([code, summary.outcome, summary.rollback]).toEqual([6, 'not-serving', undefined]);
    expect([1, 2].map((host) => [last(host)?.state, kept(host), cluster.text(host, 'lease')])).toEqual([
      ['failed', [], null],
      ['failed', [], null],
    ]);
  });

  it('are kept on each host once a token came, and keeping costs nothing when nothing changed', async () => {
    const { code, summary } = await json('serve', file, '--yes');
    expect(code).toBe(0);
    first = summary.run;
    expect([kept(1), kept(2)]).toEqual([[first], [first]]);
    expect(last(1)).toMatchObject({ run: first, state: 'done', command: 'serve' });
    const again = (await json('serve', file)).summary;
    expect([again.changed, Object.values(again.traffic).map(({ roundTrips }) => roundTrips)]).toEqual([0, [2, 2]]);
    expect(last(1)?.run).toBe(first);
  });

  it('stay whole when what was served from them is replaced, and a code file is stored once', () => {
    const name = parseKept(cluster.text(1, 'generations/kept'))[0]?.generation.slice(0, 12);
    const copy = `generations/${name}/code/engine.py`;
    expect(statSync(cluster.path(1, copy)).ino).toBe(statSync(cluster.path(1, 'code/omniinfer/engine.py')).ino);
    expect(statSync(cluster.path(1, `generations/${name}/desired.json`)).mode & 0o777).toBe(0o600);
    expect(cluster.text(1, `generations/${name}/files/m0/run_mixed.sh`)).toBe(scriptOn(1));
  });

  it('are not what a host has from which somebody removed a source: status names it, serve brings it again', async () => {
    rmSync(cluster.path(2, 'code/omniinfer/engine.py'));
    const status = (await cluster.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect(status.nodes.map(({ drift }) => drift)).toEqual([
      [],
      ['its code was changed by hand: changed on the host after it was synced: engine.py (removed)'],
    ]);
    const { code, summary } = await json('serve', file, '--yes');
    expect([code, summary.changed]).toEqual([0, 1]);
    expect(cluster.text(2, 'code/omniinfer/engine.py')).toBe('VERSION = 1\n');
  });

  it('come back by serve itself when a change brings no token: exit 7, and the old one serves', async () => {
    appendFileSync(join(cluster.root, 'code/omniinfer/engine.py'), 'VERSION = 2\n');
    const { code, summary } = await json('serve', cluster.deployment([...good, '--broken']), '--yes');
    expect([code, summary.outcome, summary.rollback?.outcome]).toEqual([7, 'rolled-back', 'done']);
    expect(summary.next.join('\n')).toContain(`of run ${first}, which serves again`);
    expect(
      [1, 2].map((host) => [scriptOn(host).includes('--broken'), last(host)?.state, cluster.text(host, 'lease')]),
    ).toEqual([
      [false, 'rolled-back', null],
      [false, 'rolled-back', null],
    ]);
    expect(cluster.text(1, 'code/omniinfer/engine.py')).toBe('VERSION = 1\n');
    expect([kept(1), kept(2)]).toEqual([[first], [first]]);
    writeFileSync(join(cluster.root, 'code/omniinfer/engine.py'), 'VERSION = 1\n');
    const same = (await json('serve', cluster.deployment(good), '--yes')).summary;
    // what rsync brings has this machine's times: the content is what counts
    expect([same.outcome, same.changed]).toEqual(['done', 0]);
  });

  it('leave the wreck for study with --no-rollback, and rollback goes back from another machine', async () => {
    const { code } = await json('serve', cluster.deployment([...good, '--broken']), '--yes', '--no-rollback');
    expect(code).toBe(6);
    expect(scriptOn(2)).toContain('--broken');
    const { finished } = await import('../fakes/lab.ts');
    const check = await finished(
      cluster.startAs('elsewhere', {}, 'rollback', cluster.deployment([...good, '--broken']), '--check'),
    );
    expect([check.code, check.stdout]).toEqual([
      0,
      expect.stringMatching(/^back to generation [0-9a-f]{12}, which served in run /),
    ]);
    const ran = await finished(cluster.startAs('elsewhere', {}, 'rollback', file, '--yes', '--json'));
    expect([ran.code, ran.json<RunSummary>().outcome]).toEqual([0, 'done']);
    expect([scriptOn(1).includes('--broken'), scriptOn(2).includes('--broken')]).toEqual([false, false]);
    expect(last(2)).toMatchObject({ command: 'rollback', state: 'done' });
  });

  it('say the truth when the old one does not serve either: exit 8', async () => {
    // a server that reads this refuses every request
    const model = join(cluster.root, 'model/config.json');
    const before = readFileSync(model);
    writeFileSync(join(cluster.root, 'broken'), '');
    const { code, summary } = await json('serve', cluster.deployment([...good, '--broken']), '--yes');
    expect([code, summary.outcome, summary.rollback?.outcome]).toEqual([8, 'rollback-failed', 'not-serving']);
    expect(summary.next.join('\n')).toContain('which does not serve either');
    rmSync(join(cluster.root, 'broken'));
    writeFileSync(model, before);
    expect((await json('serve', cluster.deployment(good), '--yes')).code).toBe(0);
  });

  it('live until five newer ones have served, any kept one can be named, and each rollback goes further back', async () => {
    const later: string[] = [];
    for (const seed of [9, 10, 11, 12, 13])
      later.push((await json('serve', cluster.deployment(['--seed', String(seed)]), '--yes')).summary.run);
    expect([kept(1), kept(2)]).toEqual([later, later]);
    const gone = await json('rollback', first, file, '--yes');
    expect([gone.code, gone.summary.error?.message]).toEqual([
      2,
      expect.stringContaining(`no generation of run ${first} is kept on every host; there is run ${later[0]} `),
    ]);
    expect((await json('rollback', file, '--yes')).code).toBe(0);
    expect(scriptOn(1)).toMatch(/seed\W+12/);
    expect((await json('rollback', file, '--yes')).code).toBe(0);
    expect(scriptOn(1)).toMatch(/seed\W+11/);
    expect((await json('rollback', later[4]!, file, '--yes')).code).toBe(0);
    expect(scriptOn(1)).toMatch(/seed\W+13/);
  });

  it('are refused by name where a host does not have them whole', async () => {
    const before = parseKept(cluster.text(2, 'generations/kept')).at(-2);
    const copy = `generations/${before?.generation.slice(0, 12)}/files/m1/run_mixed.sh`;
    appendFileSync(cluster.path(2, copy), '# by hand\n');
    appendFileSync(cluster.path(2, `generations/${before?.generation.slice(0, 12)}/code/engine.py`), '# by hand\n');
    const { code, summary } = await json('rollback', file, '--yes');
    expect(code).toBe(2);
    expect(summary.error?.message).toBe(
      [
        'There is no way back; nothing was touched:',
        `  127.0.1.2: its copy of ${cluster.root}/state/fakes/m1/run_mixed.sh is gone or was changed`,
        '  127.0.1.2: its copy of the code was changed (./engine.py: FAILED)',
      ].join('\n'),
    );
    expect(existsSync(cluster.path(2, 'lease'))).toBe(false);
  });

  it('go with all that is ours when the cluster is removed', async () => {
    expect((await json('stop', cluster.deployment(good), '--remove', '--yes', '--last')).code).toBe(0);
    expect([1, 2].map((host) => existsSync(cluster.path(host, '.')))).toEqual([false, false]);
  });
});
