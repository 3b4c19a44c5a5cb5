import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BalanceRecord } from '../../src/balancing/record.ts';
import { lockBalance } from '../../src/operations/balance/folderLock.ts';
import type { BalanceAnswer } from '../../src/operations/balance/types.ts';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import { thisProcess } from '../../src/state/thisProcess.ts';
import { NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { finished } from '../fakes/lab.ts';
import { LONG } from '../fakes/seed.ts';
import { ServingCluster } from '../fakes/servingCluster.ts';
import { unless } from '../fakes/unless.ts';

const SHAPE = { prefill: 1, decode: 2, dies: 2, layers: 3, experts: 16 };
const cluster = new ServingCluster(SHAPE);
let file = '';
const folder = () => file.replace(/\.yml$/, '.balance');
const overlay = () =>
  existsSync(join(folder(), 'overlay.yml')) ? readFileSync(join(folder(), 'overlay.yml'), 'utf8') : '';
const QUICK = ['--role', 'decode', '--wait', '0', '--yes'];
// with copies of the hottest expert nothing gets worse
const ONE_COPY = ['--kind', 'rearrange'];

// one cluster, one story: each test begins where the one before it ended
describe('balancing under faults', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    file = cluster.serving();
    const ran = await cluster.omniplace('serve', file, '--yes');
    expect([ran.code, ran.stderr]).toEqual([0, ran.stderr]);
  }, 120_000);
  afterAll(() => cluster.down());

  it('records, places, and finds by the counters what was predicted', { timeout: 120_000 }, async () => {
    const ran = await cluster.omniplace('balance', file, ...QUICK, '--json');
    const answer = ran.json<BalanceAnswer>();
    expect([ran.code, answer.decision, answer.restarted]).toEqual([0, 'applied', ['d0', 'd1']]);
    expect(Math.abs(answer.parAfter! / answer.parPredicted! - 1)).toBeLessThan(0.001);
    expect(answer.parOfLayers!.after).toEqual(answer.parOfLayers!.predicted);
    expect(answer.cost).toMatchObject({ restarts: ['d0', 'd1'], instances: 1 });
    // 3 matrices of 64 x 32 in 16 bits
    expect(answer.cost!.movedBytes).toBe(answer.movedExperts! * 3 * 64 * 32 * 2);
    expect(answer.cost!.awayMs).toBeGreaterThan(0);
  });

  const refused = async (...words: string[]) => {
    const before = overlay();
    const ran = await cluster.omniplace('balance', ...(words.length > 0 ? words : [file, ...QUICK]));
    expect([overlay(), ran.stdout]).toEqual([before, '']);
    return [ran.code, ran.stderr.split('\n').filter((line) => /^(error|decode|prefill)/.test(line))];
  };
  const named = (step: number) => `activation_counts_recordstep_${step}_rank_0.txt`;
  const dumps = () => cluster.dumps(2, 'decode_group1');
  const window = (step: number) => join(dumps().here, named(step));
  /** Replaces all windows, and brings them back. */
  const withWindows = async (text: string, work: () => Promise<void>) => {
    const names = readdirSync(dumps().here).filter((name) => name.startsWith('activation'));
    const whole = readFileSync(window(1));
    for (const name of names) writeFileSync(join(dumps().here, name), text);
    await work();
    for (const name of names) writeFileSync(join(dumps().here, name), whole);
  };
  const at = () => `${cluster.address(2)}:${dumps().there}`;
  const rows = (lines: number, columns: number, count = 5) => `${`${count}\t`.repeat(columns)}\n`.repeat(lines);

  it('refuses windows of a model with other layers', async () => {
    await withWindows(rows(4, 20), async () => {
      expect(await refused()).toEqual([
        2,
        [
          `error foreign_dump: D0 ${at()}: its windows have 4 lines, the model has 3 MoE layers: another model's. Nothing was changed.`,
        ],
      ]);
    });
  });

  it('refuses windows of another number of ranks', async () => {
    await withWindows(rows(3, 18), async () => {
      expect(await refused()).toEqual([
        2,
        [
          `error foreign_dump: D0 ${at()}: its 18 columns can't be shared by 4 ranks: another model's, or another instance's. Nothing was changed.`,
        ],
      ]);
    });
  });

  it('refuses windows that have not the slots of the pattern that serves', async () => {
    await withWindows(rows(3, 16), async () => {
      const [code, lines] = await refused();
      expect([code, (lines as string[]).at(-1)]).toEqual([
        2,
        expect.stringMatching(
          /^error bad_load: .*: no window of the dump can be used: .*activation_counts_recordstep_1_rank_0\.txt has 16 columns, the placement it is said to be recorded under has 20 slots$/,
        ),
      ]);
    });
  });

  it('refuses a window that was copied half', async () => {
    const whole = readFileSync(window(3));
    truncateSync(window(3), 20);
    expect(await refused()).toEqual([
      2,
      [
        `error damaged_dump: decode: D0 ${at()}/${named(3)} is truncated: its last line does not end. Nothing was changed.`,
      ],
    ]);
    writeFileSync(window(3), whole);
  });

  it('refuses windows without a request', async () => {
    await withWindows(rows(3, 20, 0), async () => {
      expect(await refused()).toEqual([
        2,
        [
          'decode: 0 of 5 windows with load',
          `error too_few_windows: decode: D0 ${at()}: 5 windows have closed, and none has a token: no requests came. Nothing was changed.`,
        ],
      ]);
    });
  });

  it('refuses to mix prefill and decode, before anything records', async () => {
    const mixed = join(cluster.root, 'mixed.yml');
    const text = readFileSync(file, 'utf8')
      .replaceAll(cluster.address(1), cluster.address(2))
      .replace('ascend_rt_visible_devices: "0,1"', 'ascend_rt_visible_devices: "2,3"')
      .replaceAll('mode: base,', 'mode: base, dump_dir: /data/dump,');
    writeFileSync(mixed, text);
    expect(await refused(mixed, ...QUICK)).toEqual([
      2,
      [
        `error dumps_mixed: D0 and P0 both write to /data/dump of ${cluster.address(2)}: nothing tells their windows apart; give each a dump_dir of its own. Nothing was changed.`,
      ],
    ]);
  });

  it('refuses what a dynamic engine records', async () => {
    const dynamic = cluster.serving('{mode: redundant}', 'dynamic.yml');
    expect(await refused(dynamic, ...QUICK)).toEqual([
      2,
      [
        'error nothing_to_balance: decode: its engine moves experts by itself (enable_dynamic), so that nothing recorded says which expert was hot; set services.decode.placement.mode to base',
      ],
    ]);
  });

  it('refuses a second one beside the same file', async () => {
    const unlock = await lockBalance(file);
    const { owner, pid, host } = thisProcess();
    expect(await refused()).toEqual([
      5,
      [`error balance_locked: ${owner} balances this cluster already: process ${pid} of ${host}.`],
    ]);
    // who only looks is let in
    expect((await cluster.omniplace('balance', file, ...QUICK, '--check')).code).toBe(0);
    await unlock();
  });

  // before each time that a balance makes, renames, removes or appends to one of its files, and at each line of its steps
  const FILES = Array.from({ length: 18 }, (_, i) => i + 1);
  const LINES = Array.from({ length: 60 }, (_, i) => i);
  const KILLS = [
    ...FILES.map((count) => ({ at: 'file', count, next: 'balance', worse: false })),
    ...FILES.map((count) => ({ at: 'file', count, next: 'balance', worse: true })),
    ...LINES.map((count) => ({ at: 'line', count, next: count % 2 === 0 ? 'balance' : 'serve', worse: false })),
    ...LINES.map((count) => ({ at: 'line', count, next: 'balance', worse: true })),
    ...FILES.map((count) => ({ at: 'file', count, next: 'serve', worse: false })),
  ];
  const QUICKLY = KILLS.filter(({ at: where, count, next, worse }) =>
    worse ? where === 'file' && count === 16 : where === 'file' && count === 14 && next === 'balance',
  );
  // OMNIPLACE_KILLS=from-to: a part of the sweep
  const [from = 1, to = KILLS.length] = (process.env.OMNIPLACE_KILLS ?? '').split('-').filter(Boolean).map(Number);

  it.each(LONG ? KILLS.slice(from - 1, to) : QUICKLY)(
    'is whole again by $next where it was killed at $at $count (worse than before: $worse)',
    { timeout: 180_000 },
    async ({ at: where, count, next, worse }) => {
      cluster.behave(worse ? { skew: 0.6, skewOfPlaced: 3 } : {});
      rmSync(folder(), { recursive: true, force: true });
      const words = worse ? [...QUICK, ...ONE_COPY] : QUICK;
      const preload = { NODE_OPTIONS: `--import ${resolve('test/fakes/killAtFile.mjs')}`, KILL_AT: String(count) };
      const child = cluster.startAs('me', where === 'file' ? preload : {}, 'balance', file, ...words, '-v');
      let lines = 0;
      if (where === 'line')
        child.stderr?.on('data', (chunk: Buffer) => {
          lines += chunk.toString().split('\n').length - 1;
          if (lines > count) child.kill('SIGKILL');
        });
      const killed = await finished(child);
      const wasDone = killed.code !== null;
      const context = [killed.stderr.trim().split('\n').at(-1)];
      if (next === 'serve') {
        const served = await cluster.omniplace('serve', file, '--yes');
        expect([served.code, served.stderr, ...context]).toEqual([0, served.stderr, ...context]);
      }
      const ran = await cluster.omniplace('balance', file, ...words, '--json');
      context.push(ran.stdout, ran.stderr);
      if (!wasDone) expect([ran.code, ...context]).toEqual([worse ? 7 : 0, ...context]);

      expect(readdirSync(folder()).filter((name) => /^pending|\.partial$/.test(name))).toEqual([]);
      const status = (await cluster.omniplace('status', file, '--json')).json<ClusterStatus>();
      if (status.state !== 'serving') context.push(JSON.stringify(status));
      expect([status.state, status.runs.mixed, status.runs.lease, ...context]).toEqual([
        'serving',
        null,
        null,
        ...context,
      ]);
      const { decisions } = (await cluster.omniplace('balance', 'history', file, '--json')).json<{
        decisions: BalanceRecord[];
      }>();
      expect(new Set(decisions.map(({ at: when }) => when)).size).toBe(decisions.length);
      const changed = decisions.filter(({ decision }) => decision !== 'kept');
      expect([changed.map(({ decision }) => decision), ...context]).toEqual([
        [worse ? 'rolled-back' : 'applied'],
        ...context,
      ]);
      const pattern = /decode\.placement\.pattern_path: \S+\/(\S+)/.exec(overlay())?.[1] ?? null;
      expect(pattern).toBe(worse ? null : changed[0]!.pattern);
    },
  );
});
