import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ListedRun } from '../../../src/operations/history/mergeRuns.ts';
import type { Listed } from '../../../src/operations/rollback/listGenerations.ts';
import type { NodeConfig } from '../../../src/operations/status/nodeConfig.ts';
import type { ClusterStatus } from '../../../src/operations/status/status.ts';
import type { RunSummary } from '../../../src/runner/event.ts';
import { parseDesiredRecord } from '../../../src/state/desiredRecord.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess, type Verb } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

interface Refused {
  readonly error: { readonly message: string; readonly hint?: string };
}

const cluster = new FakeCluster(2);
const omniplace = inProcess();
const runs: string[] = [];
let file = '';
let elsewhere = '';

const seedOn = (host: number) => /seed\W+(\d+)/.exec(cluster.text(host, `m${host - 1}/run_mixed.sh`) ?? '')?.[1];
const desired = (host = 1) => parseDesiredRecord(cluster.text(host, 'desired'));
const withSeed = (seed: number) => cluster.deployment(['--seed', String(seed)]);
const run = async (verb: Verb, ...argv: string[]): Promise<RunSummary> => {
  const { answer, code, stderr } = await omniplace<RunSummary>(verb, ...argv, '--yes');
  expect({ code, stderr, error: (answer as { error?: unknown }).error }).toMatchObject({ code: 0, error: undefined });
  return answer;
};
const status = async (of = file) => (await omniplace<ClusterStatus>('status', of)).answer;

// one cluster, one story: each test begins where the one before it ended
describe('rollback', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home/here'));
    await cluster.up();
    for (const seed of [1, 2]) {
      file = withSeed(seed);
      runs.push((await run('serve', file)).run);
    }
    file = withSeed(3);
    runs.push((await run('serve', file, '-e', 'services.mixed.env.API_KEY=hush-hush')).run);
    mkdirSync(join(cluster.root, 'elsewhere'));
    elsewhere = join(cluster.root, 'elsewhere/other.yml');
    writeFileSync(elsewhere, readFileSync(file));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('finds on every host what should run: who served it, from what, with which overrides, and what changed', () => {
    expect(desired(2)).toEqual(desired(1));
    expect(desired()).toMatchObject({
      seq: 3,
      run: runs[2],
      command: 'serve',
      by: expect.stringMatching(/^\S+@\S+$/),
      file,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      overrides: ['services.mixed.env.API_KEY=[REDACTED]'],
      keys: ['mixed.extra_args [--seed, 2] -> [--seed, 3]', 'mixed.env.API_KEY (default) -> [REDACTED]'],
      hosts: ['127.0.1.1', '127.0.1.2'],
    });
    expect(cluster.text(1, 'desired')).not.toContain('hush');
  });

  it('makes what served before the desired generation: status is content, and no hint leads back to the change', async () => {
    await run('rollback', file);
    expect([seedOn(1), seedOn(2)]).toEqual(['2', '2']);
    const { state, next, nodes, warnings } = await status();
    expect([state, next, nodes.map(({ restartPending, drift }) => [restartPending, drift])]).toEqual([
      'serving',
      [],
      [
        [null, []],
        [null, []],
      ],
    ]);
    expect(warnings.filter(({ about }) => about === 'deployment').map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^cluster\.yml differs from what \S+@\S+ rolled back to at .* UTC \(run \S+\): mixed\.extra_args \[--seed, 2\] -> \[--seed, 3\]$/,
      ),
    ]);
  });

  it('is what restart starts again', async () => {
    const restarted = await run('restart', 'm0', file);
    expect(restarted.results.filter(({ status }) => status === 'changed').map(({ step }) => step)).toContain(
      'run_server/m0/spawn',
    );
    expect([seedOn(1), (await status()).state]).toEqual(['2', 'serving']);
  });

  it('is what the hint of a stopped server leads to', async () => {
    await run('stop', file, 'm1');
    const { next } = await status();
    expect(next.map(({ command }) => command)).toEqual([`omniplace rollback ${file} --to ${runs[1]}`]);
    await run('rollback', file, '--to', runs[1]!);
    expect((await status()).state).toBe('serving');
  });

  it('goes further back the second time, until nothing older is kept', async () => {
    await run('rollback', file);
    expect([seedOn(1), desired()?.way]).toEqual(['1', []]);
    const { code, answer } = await omniplace<Refused>('rollback', file, '--yes');
    expect([code, answer.error.message]).toEqual([
      2,
      expect.stringMatching(/nothing older than what is there now is kept: run \S+ \(generation [0-9a-f]{12}\), run/),
    ]);
  });

  it('lists what there is from another machine, and goes to any of it', async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home/there'));
    const { answer } = await omniplace<Listed>('rollback', elsewhere, '--list');
    expect(answer.silent).toEqual([]);
    const found = answer.generations.map((each) => [each.run, each.isDesired, each.isNext, each.keys, each.missingOn]);
    expect(found).toEqual([
      [runs[0], true, false, [], []],
      [runs[1], false, false, ['mixed.extra_args [--seed, 1] -> [--seed, 2]'], []],
      [runs[2], false, false, expect.any(Array), []],
    ]);
    const check = await omniplace<{ diff: string }>('rollback', elsewhere, '--to', runs[2]!, '--check', '--diff');
    expect(check.answer.diff).toMatch(/^-.*--seed.*1/m);
    expect(check.answer.diff).toMatch(/^\+.*--seed.*3/m);
    expect(check.answer.diff).not.toContain('hush');
    await run('rollback', elsewhere, '--to', runs[2]!);
    expect([seedOn(1), seedOn(2), desired()?.generation]).toEqual(['3', '3', answer.generations[2]!.generation]);
  });

  it('is in the history of every machine, with who did it, what changed and how it ended', async () => {
    interface History {
      readonly runs: readonly ListedRun[];
    }
    const { answer } = await omniplace<History>('history', elsewhere);
    const found = answer.runs.map(({ command, outcome, keys, isHere }) => [command, outcome, keys, isHere]);
    expect(found.slice(0, 2)).toEqual([
      ['rollback', 'done', expect.arrayContaining(['mixed.extra_args [--seed, 1] -> [--seed, 3]']), true],
      ['rollback', 'done', ['mixed.extra_args [--seed, 2] -> [--seed, 1]'], false],
    ]);
    expect(answer.runs.map(({ run }) => run)).toEqual(expect.arrayContaining(runs));
    const third = answer.runs.find((each) => each.run === runs[2]);
    expect([third?.by, third?.overrides]).toEqual([desired()?.by, ['services.mixed.env.API_KEY=[REDACTED]']]);
    expect((await omniplace<History>('history', elsewhere, '--since', '1d', '-n', '1')).answer.runs).toHaveLength(1);
    expect((await omniplace<History>('history', elsewhere, '--local')).answer.runs.map(({ isHere }) => isHere)).toEqual(
      [true],
    );
    const other = await omniplace<ListedRun>('history', elsewhere, runs[0]!);
    expect(other.answer).toMatchObject({ run: runs[0], command: 'serve', isHere: false });
    expect((await omniplace<Refused>('history', elsewhere, '--since', 'soon')).code).toBe(2);
  });

  it('shows what a node runs, whatever the file contains', async () => {
    const { code, answer } = await omniplace<NodeConfig>('status', withSeed(7), '--config', 'm0');
    withSeed(3);
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      node: 'm0',
      host: '127.0.1.1',
      isRunning: true,
      run: runs[2],
      overrides: ['services.mixed.env.API_KEY=[REDACTED]'],
      settings: { services: { mixed: { extra_args: ['--seed', '3'], env: { API_KEY: '[REDACTED]' } } } },
    });
    expect(answer.files.map(({ path }) => path)).toContain(join(cluster.root, 'state/fakes/m0/run_mixed.sh'));
    expect((await omniplace<Refused>('status', file, '--config', 'm7')).answer.error.message).toBe(
      'There is no node m7; there are m0, m1.',
    );
  });

  it('is not forbidden by one host that can not be reached: --limit leaves it out', async () => {
    const lost = join(cluster.root, 'elsewhere/lost.yml');
    writeFileSync(lost, readFileSync(file, 'utf8').replace('hosts: "127.0.1.2"', 'hosts: "127.0.1.2", ssh_port: 1'));
    const refused = await omniplace<Refused>('rollback', lost, '--yes');
    expect([refused.code, refused.answer.error.hint]).toEqual([
      4,
      `Without it: omniplace rollback ${lost} --limit '!127.0.1.2'`,
    ]);
    const { answer } = await omniplace<Listed>('rollback', lost, '--list');
    expect(answer.silent.map(({ host }) => host)).toEqual(['127.0.1.2']);
    await run('rollback', lost, '--limit', '!127.0.1.2');
    expect([seedOn(1), seedOn(2)]).toEqual(['1', '3']);
  });

  it('names a host that comes back with an older generation, stops nothing there, and brings it along', async () => {
    const { state, warnings, next } = await status();
    expect([state, seedOn(2)]).toEqual(['serving', '3']);
    expect(warnings.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(
        /^127\.0\.1\.2 \(run \S+\) missed what \S+ rolled back to at .*: the newest record counts$/,
      ),
    );
    expect(next.map(({ of, command }) => [of, command])).toEqual([
      ['m1', `omniplace rollback ${file} --to ${runs[0]}`],
    ]);
    await run('rollback', file, '--to', runs[0]!);
    expect([seedOn(1), seedOn(2), desired(2)?.seq]).toEqual(['1', '1', desired(1)?.seq]);
  });

  it('is followed by a serve that shows key by key what it would change, and against whose work', async () => {
    interface Checked {
      readonly changes: { readonly against: { readonly command: string }; readonly keys: readonly string[] };
    }
    const { answer } = await omniplace<Checked>('serve', withSeed(4), '--check');
    expect([answer.changes.against.command, answer.changes.keys]).toEqual([
      'rollback',
      ['mixed.extra_args [--seed, 1] -> [--seed, 4]'],
    ]);
  });

  it('does not call changed by hand what a serve of a part wrote', async () => {
    await run('serve', file, '--only', 'push_config');
    expect([seedOn(1), (await status()).nodes[0]?.restartPending]).toEqual(['4', expect.any(String)]);
    const { nodes } = await status(withSeed(1));
    expect(nodes[0]?.drift).toEqual([
      expect.stringMatching(/run_mixed\.sh was written by omniplace, and no server was started from it$/),
    ]);
  });

  it('takes no edit of the file that is made while it is served, and names it', async () => {
    file = withSeed(5);
    const serving = omniplace<RunSummary>('serve', file, '--yes');
    await expect.poll(() => cluster.text(1, 'lease'), { timeout: 20_000, interval: 20 }).not.toBeNull();
    withSeed(6);
    const { answer } = await serving;
    expect([answer.outcome, seedOn(1), seedOn(2)]).toEqual(['done', '5', '5']);
    expect(answer.next).toContain(
      `${file} was edited during this run, which used it as it was before: omniplace serve ${file} --check shows the edit`,
    );
  });
});
