import { describe, expect, it } from 'vitest';
import { changeCost } from '../../../src/balancing/record.ts';
import { awayMs } from '../../../src/operations/balance/cost.ts';
import { costText } from '../../../src/operations/balance/text.ts';
import type { StepId, StepResult } from '../../../src/plan/step.ts';

const result = (step: string, startedMs: number, durationMs: number, status: StepResult['status'] = 'changed') => ({
  step: step as StepId,
  status,
  startedMs,
  durationMs,
  message: '',
  exitCode: null,
  command: null,
  output: [],
});
const both = new Set(['d0', 'd1']);

describe('how long an instance was away', () => {
  it('is from its first stop to its last server that is ready', () => {
    const results = [
      result('stop_server/d0/stop', 1_000, 500),
      result('stop_server/d1/stop', 900, 500),
      result('run_server/d0/spawn', 2_000, 100),
      result('run_server/d0/ready', 2_100, 38_000, 'ok'),
      result('run_server/d1/ready', 2_200, 39_700, 'ok'),
      result('run_server/p0/ready', 2_200, 90_000, 'ok'),
    ];
    expect(awayMs(results, both)).toBe(2_200 + 39_700 - 900);
  });

  it('is not known of a run that started none of its servers, or saw none come up', () => {
    expect(awayMs([result('run_server/p0/spawn', 0, 1), result('run_server/p0/ready', 1, 1)], both)).toBeNull();
    expect(
      awayMs([result('run_server/d0/spawn', 0, 1), result('run_server/d0/ready', 1, 1, 'failed')], both),
    ).toBeNull();
  });
});

describe('what a change takes', () => {
  it('is told in one line', () => {
    const two = [{ nodes: ['p0'] }, { nodes: ['p1'] }];
    expect(costText(494, changeCost(two, 494, 786_432, 40_000, 0.2))).toBe(
      '494 experts (370.5 MiB of weights) move; p0, p1 restart, one instance after the other (about 40.0 s each, as at the last start); under full load that is gained back in 2 min 40 s',
    );
    expect(costText(1, changeCost([{ nodes: ['d0', 'd1'] }], 1, null, 1_000, 0))).toBe(
      '1 expert moves; d0, d1 restart, and no other instance serves meanwhile (about 1.0 s, as at the last start)',
    );
    expect(costText(2, changeCost(two, 2, null, null, 0.2))).toBe(
      '2 experts move; p0, p1 restart, one instance after the other',
    );
  });

  it('is never gained back where nothing is gained', () => {
    expect(changeCost([{ nodes: ['p0'] }], 1, null, 40_000, 0).paysBackMs).toBeNull();
  });
});
