import { describe, expect, it } from 'vitest';
import { mergeRuns } from '../../src/operations/history/mergeRuns.ts';
import { historyText, runText } from '../../src/operations/history/text.ts';
import { parseJournal } from '../../src/state/history.ts';

const HEAD = {
  kind: 'run',
  run: '20261121-225823-ab12',
  command: 'serve',
  startedAt: '2026-11-21T22:58:23.000Z',
  pid: 77,
  deployment: '/x.yml',
  cluster: 'r1',
  generation: 'g',
  plan: 'd',
  steps: ['push_config/p0/put', 'run_server/p0/spawn'],
};
const end = (step: string, status: string, more: object = {}) => ({
  kind: 'end',
  step,
  status,
  startedMs: 100,
  durationMs: 900,
  message: 'done',
  exitCode: null,
  command: null,
  output: [],
  ...more,
});
const journal = (...entries: object[]) => `${entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`;
const dead = () => false;

describe('a past run', () => {
  it('is told by its journal', () => {
    const run = parseJournal(
      journal(HEAD, end('push_config/p0/put', 'changed'), end('run_server/p0/spawn', 'failed'), {
        kind: 'closed',
        outcome: 'failed',
        exitCode: 3,
      }),
      dead,
    );
    expect(run).toMatchObject({
      run: '20261121-225823-ab12',
      outcome: 'failed',
      exitCode: 3,
      durationMs: 1000,
      numSteps: 2,
      changed: { push_config: 1 },
      failed: ['run_server/p0/spawn'],
      open: [],
    });
    expect(historyText('r1', mergeRuns([run!], [], 'me@here'))).toBe(
      '20261121-225823-ab12  2026-11-21 22:58:23 UTC  serve     me@here  failed    3         1.0 s  changed push_config 1; failed run_server/p0/spawn',
    );
  });

  it('that was killed says what nothing is known of, whatever the last line was cut to', () => {
    const text = `${journal(HEAD, { kind: 'begin', steps: ['push_config/p0/put'] })}{"kind":"en`;
    const run = parseJournal(text, dead)!;
    expect([run.outcome, run.exitCode, run.open]).toEqual(['died', null, ['push_config/p0/put']]);
    expect(parseJournal(text, () => true)?.outcome).toBe('running');
    expect(runText(run, mergeRuns([run], [], 'me@here')[0]!)).toBe(
      [
        '20261121-225823-ab12: serve of /x.yml by me@here',
        'started 2026-11-21 22:58:23 UTC, died',
        '2 steps: nothing changed; 1 step begun and not ended',
        '  ?  push_config/p0/put  was begun; what it did is not known',
      ].join('\n'),
    );
  });

  it('shows what a failed step said', () => {
    const run = parseJournal(
      journal(HEAD, end('run_server/p0/spawn', 'failed', { message: 'exit code 1', exitCode: 1, output: ['boom'] })),
      dead,
    )!;
    expect(
      runText(run, mergeRuns([run], [], 'me@here')[0]!)
        .split('\n')
        .slice(3),
    ).toEqual(['  failed  run_server/p0/spawn  exit code 1 (900 ms)', '      | boom', '      exit code: 1']);
  });

  it('is none where not even the first line is there', () => {
    expect(parseJournal('{"kind":"ru')).toBeNull();
  });
});
