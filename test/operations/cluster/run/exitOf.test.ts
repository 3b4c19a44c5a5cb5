import { describe, expect, it } from 'vitest';
import { exitOf } from '../../../../src/operations/cluster/run/exitOf.ts';
import type { StepResult, StepStatus } from '../../../../src/plan/step.ts';

describe('the verdict of a run', () => {
  it.each<[string, [string, StepStatus][], boolean, string, number]>([
    [
      'everything done',
      [
        ['run_docker/p0/a', 'changed'],
        ['verify/c0/completion', 'ok'],
      ],
      false,
      'done',
      0,
    ],
    [
      'a failed step',
      [
        ['run_docker/p0/a', 'failed'],
        ['run_docker/d0/a', 'unreachable'],
      ],
      false,
      'failed',
      3,
    ],
    [
      'unreachable hosts alone',
      [
        ['run_docker/p0/a', 'unreachable'],
        ['run_docker/d0/a', 'changed'],
      ],
      false,
      'unreachable',
      4,
    ],
    [
      'no token',
      [
        ['run_docker/p0/a', 'changed'],
        ['verify/c0/completion', 'failed'],
      ],
      false,
      'not-serving',
      6,
    ],
    [
      'an interruption',
      [
        ['run_docker/p0/a', 'changed'],
        ['run_server/p0/a', 'cancelled'],
      ],
      true,
      'interrupted',
      130,
    ],
    ['an interruption after the last step', [['verify/c0/completion', 'ok']], true, 'done', 0],
  ])('of %s', (_name, steps, interrupted, outcome, exitCode) => {
    expect(exitOf(steps.map(result), interrupted)).toEqual({ outcome, exitCode });
  });
});

function result([step, status]: [string, StepStatus]): StepResult {
  return {
    step: step as StepResult['step'],
    status,
    startedMs: 0,
    durationMs: 0,
    message: '',
    exitCode: null,
    command: null,
    output: [],
  };
}
