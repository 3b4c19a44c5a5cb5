import { describe, expect, it } from 'vitest';
import { duration } from '../../src/files/durations.ts';
import { size } from '../../src/files/sizes.ts';
import type { Step, StepResult } from '../../src/plan/step.ts';
import { linesOf } from '../../src/report/lines.ts';
import { oneLine, printable } from '../../src/report/printable.ts';
import { summaryText } from '../../src/report/summary.ts';

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [12_345, '12.3 s'],
    [245_000, '4 min 05 s'],
  ])('shows %d ms as %s', (ms, words) => expect(duration(ms)).toBe(words));

  it.each([
    [712, '712 B'],
    [4300, '4.2 KiB'],
    [32_505_856, '31.0 MiB'],
  ])('shows %d bytes as %s', (bytes, words) => expect(size(bytes)).toBe(words));

  it('lets no control character of a host reach the terminal', () => {
    expect(printable('\u001b[31mred\u001b[0m \u0007bell\r\u009b2J\ttab')).toBe('red \\x07bell\\x0d\\x9b2J tab');
  });

  it('folds a long message into one line', () => {
    expect(oneLine('a\n  b')).toBe('a b');
    expect(oneLine('x'.repeat(600))).toHaveLength(500);
  });
});

const STEP: Step = {
  id: 'run_server/d1/ready',
  tag: 'run_server',
  node: 'd1',
  host: '10.0.0.3',
  title: 'wait for 4 servers ready',
  because: 'not running',
  needs: [],
  after: [],
  guard: null,
  action: { kind: 'exec', argv: ['true'], in: null, stdin: null },
  deadlineMs: 1,
  disruptive: false,
};
const FAILED: StepResult = {
  step: STEP.id,
  status: 'failed',
  startedMs: 0,
  durationMs: 1234,
  message: 'the server ended before it was ready: exit code 1',
  exitCode: 1,
  command: null,
  output: ['server_0.log: ValueError: bad \u001b[2Jpattern'],
};

describe('the lines view', () => {
  it('names time, node, host and step, and shows the last words of a failure', () => {
    expect(linesOf({ kind: 'step-ended', atMs: 5670, step: STEP, result: FAILED }, false)).toEqual([
      '[   5.67]   d1   10.0.0.3 wait for 4 servers ready: failed: the server ended before it was ready: exit code 1 (1.2 s)',
      '              | server_0.log: ValueError: bad pattern',
      '              exit code: 1',
    ]);
  });

  it('leaves out what was cancelled, unless asked', () => {
    const event = {
      kind: 'step-ended',
      atMs: 1,
      step: STEP,
      result: { ...FAILED, status: 'cancelled', message: 'interrupted', durationMs: 0 },
    } as const;
    expect(linesOf(event, false)).toEqual([]);
    expect(linesOf(event, true)[0]).toBe('[   0.00]   d1   10.0.0.3 wait for 4 servers ready: cancelled: interrupted');
  });
});

describe('the summary', () => {
  it('says how it ended, what it cost and what to do next', () => {
    const text = summaryText({
      run: 'r',
      outcome: 'failed',
      exitCode: 3,
      changed: 12,
      ok: 4,
      failed: 1,
      cancelled: 3,
      durationMs: 61_000,
      results: [],
      traffic: {
        a: { roundTrips: 3, bytesSent: 2048, bytesReceived: 10 },
        b: { roundTrips: 5, bytesSent: 0, bytesReceived: 0 },
      },
      next: ['mend what failed, then: omniplace serve x.yml (what is done stays done)'],
    });
    expect(text).toBe(
      'FAILED: 12 changed, 4 ok, 1 failed, 3 cancelled in 1 min 01 s (2 hosts, at most 5 round trips each, 2.0 KiB sent, 10 B received)\n  mend what failed, then: omniplace serve x.yml (what is done stays done)\n',
    );
  });
});
