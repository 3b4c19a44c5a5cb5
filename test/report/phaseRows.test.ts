import { describe, expect, it } from 'vitest';
import type { Step, StepResult, StepStatus } from '../../src/plan/step.ts';
import { PhaseRows } from '../../src/report/phaseRows.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { stepOf } from './runEvents.ts';

const STEPS = Array.from({ length: 16 }, (_, i) =>
  stepOf('run_server', `d${i}` as NodeName, `10.0.0.${i + 1}`, 'ready'),
);
const ROOM = { columns: 60, rows: 6 };

function ended(step: Step, status: StepStatus, message = 'done') {
  const rest = { startedMs: 0, durationMs: 0, exitCode: null, command: null, output: ['a.log: bad'] };
  const result: StepResult = { step: step.id, status, message, ...rest };
  return { kind: 'step-ended', atMs: 2_000, step, result } as const;
}

function started(): PhaseRows {
  const rows = new PhaseRows('run_server', STEPS);
  rows.take({ kind: 'phase-started', atMs: 1_000, tag: 'run_server', steps: [] });
  return rows;
}

describe('a phase on a terminal', () => {
  it('has a row for each node that is at work, and counts the others, where not all fit', () => {
    const rows = started();
    for (const step of STEPS.slice(0, 9)) rows.take({ kind: 'step-started', atMs: 1_000, step });
    for (const step of STEPS.slice(0, 6)) rows.take(ended(step, 'changed'));
    rows.take({
      kind: 'step-progress',
      atMs: 1_100,
      step: STEPS[6]!.id,
      text: '12 s: waiting for a port '.repeat(9),
      fraction: 0,
    });
    rows.take(ended(STEPS[8]!, 'failed', 'no space left'));
    expect(rows.live(ROOM).split('\n')).toEqual([
      'run_server',
      'd6   10.0.0.7  do ready: 12 s: waiting for a port 12',
      'd7   10.0.0.8  do ready',
      'd8   10.0.0.9  failed: no space left',
      'and 13 others: 7 waiting, 6 done',
    ]);
  });

  it('is one line once it has ended well', () => {
    const rows = started();
    for (const step of STEPS) rows.take(ended(step, 'changed'));
    rows.take({ kind: 'phase-ended', atMs: 13_300, tag: 'run_server', failed: 0 });
    expect([rows.hasEnded, rows.hasFailed, rows.folded(80)]).toEqual([
      true,
      false,
      'run_server     16 changed on 16 hosts  12.3 s',
    ]);
  });

  it('names a failure of 16 hosts once, whole, and what was printed', () => {
    const rows = started();
    for (const step of STEPS) rows.take(ended(step, 'failed', `no space on ${step.host} ${'x'.repeat(600)}`));
    rows.take({ kind: 'phase-ended', atMs: 2_000, tag: 'run_server', failed: 16 });
    expect(rows.failures(80).split('\n')).toEqual([
      'run_server     16 failed on 16 hosts  1.0 s',
      `failed: no space on <host> ${'x'.repeat(600)}: do ready (${STEPS.map(({ node, host }) => `${node} ${host}`).join(', ')})`,
      '| a.log: bad',
    ]);
  });

  it('was not run where all that is known are cancelled steps', () => {
    const rows = new PhaseRows('run_server', STEPS);
    for (const step of STEPS) rows.take(ended(step, 'cancelled'));
    expect([rows.wasNotRun, rows.hasEnded]).toEqual([true, false]);
  });
});
