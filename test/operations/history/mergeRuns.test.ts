import { expect, it } from 'vitest';
import { mergeRuns } from '../../../src/operations/history/mergeRuns.ts';
import type { HostRuns } from '../../../src/operations/history/readRuns.ts';
import { historyText, shortRunText } from '../../../src/operations/history/text.ts';
import type { PastRun } from '../../../src/state/history.ts';
import type { PastRunLine } from '../../../src/state/state.gen.ts';

const ME = 'me@here';

const line = (run: string, at: string, more: Partial<PastRunLine> = {}): PastRunLine => ({
  run,
  command: 'serve',
  by: 'ann@build1',
  deployment: '/home/ann/cluster.yml',
  startedAt: `2026-11-21T${at}.000Z`,
  outcome: 'done',
  exitCode: 0,
  durationMs: 61_000,
  generation: 'g',
  overrides: [],
  keys: [],
  changed: { push_config: 2 },
  failed: [],
  ...more,
});
const host = (more: Partial<HostRuns>): HostRuns => ({
  host: '10.0.0.1',
  runs: [],
  last: null,
  lease: null,
  problem: null,
  ...more,
});
const fact = (run: string, state: 'running' | 'done' = 'running') =>
  ({ run, command: 'rollback', state, owner: 'bob@build2', generation: 'h', nodes: {} }) as const;
const journal = (run: string, at: string): PastRun => ({
  run,
  command: 'serve',
  startedAt: `2026-11-21T${at}.000Z`,
  deployment: '/d/c.yml',
  generation: 'g',
  outcome: 'done',
  exitCode: 0,
  durationMs: 1000,
  numSteps: 1,
  changed: {},
  failed: [],
  open: [],
  results: [],
  steps: [],
  asked: null,
});

it('lists each run once, from journals and from hosts, newest first', () => {
  const a = line('20261121-120000-aaaa', '12:00:00');
  const b = line('20261121-130000-bbbb', '13:00:00', {
    by: 'bob@build2',
    command: 'rollback',
    keys: ['decode.max_model_len 2048 -> 4096'],
    overrides: ['services.name=r1'],
  });
  const runs = mergeRuns(
    [journal(a.run, '12:00:00'), journal('20261121-110000-cccc', '11:00:00')],
    [host({ runs: [a, b] }), host({ runs: [b] }), host({ problem: 'no route' })],
    ME,
  );
  expect(runs.map(({ run, by, isHere }) => [run.slice(-4), by, isHere])).toEqual([
    ['bbbb', 'bob@build2', false],
    ['aaaa', 'ann@build1', true],
    ['cccc', ME, true],
  ]);
  expect(historyText('r1', runs, [{ host: '10.0.0.3', problem: 'no route' }]).split('\n')).toEqual([
    '20261121-130000-bbbb  2026-11-21 13:00:00 UTC  rollback  bob@build2  done    0    1 min 01 s  changed push_config 2',
    '     decode.max_model_len 2048 -> 4096',
    '     with -e services.name=r1',
    '20261121-120000-aaaa  2026-11-21 12:00:00 UTC  serve     ann@build1  done    0    1 min 01 s  changed push_config 2',
    '20261121-110000-cccc  2026-11-21 11:00:00 UTC  serve     me@here     done    0         1.0 s  nothing changed',
    'no answer of 10.0.0.3: no route',
  ]);
  expect(shortRunText(runs[0]!).split('\n')).toEqual([
    '20261121-130000-bbbb: rollback of /home/ann/cluster.yml by bob@build2',
    'started 2026-11-21 13:00:00 UTC, done, exit code 0',
    '     decode.max_model_len 2048 -> 4096',
    '     with -e services.name=r1',
    'changed push_config 2',
    'Its steps are in the journal of build2.',
  ]);
});

it('shows a run of another machine that did not end as died, or as running while it holds the lock', () => {
  const run = '20261121-140000-dddd';
  const outcomes = (more: Partial<HostRuns>) =>
    mergeRuns([], [host(more)], ME).map((each) => [each.startedAt, each.outcome]);
  expect(outcomes({ last: fact(run) })).toEqual([['2026-11-21T14:00:00.000Z', 'died']]);
  expect(outcomes({ last: fact(run), lease: { run } as HostRuns['lease'] })).toEqual([
    ['2026-11-21T14:00:00.000Z', 'running'],
  ]);
  expect(outcomes({ last: fact(run, 'done') })).toEqual([['2026-11-21T14:00:00.000Z', 'done']]);
});

it('names a run that came after one that is dated later', () => {
  const runs = mergeRuns(
    [],
    [host({ runs: [line('r-1', '12:00:00'), line('r-2', '09:00:00'), line('r-3', '12:00:30')] })],
    ME,
  );
  expect(runs.map(({ run, isMisdated }) => [run, isMisdated])).toEqual([
    ['r-3', false],
    ['r-1', false],
    ['r-2', true],
  ]);
  expect(historyText('r1', runs)).toContain(
    '\n     it came after a run that is dated later: a clock was set back, or two clocks differ',
  );
});

it('says so where no run is known', () => {
  expect(historyText('r1', [])).toBe('No run of r1 is known here, or on the hosts that answered.');
});
