import { describe, expect, it } from 'vitest';
import { groupSame } from '../../src/errors/groupSame.ts';
import type { Step, StepResult } from '../../src/plan/step.ts';
import { linesView } from '../../src/report/lines.ts';
import { planText } from '../../src/report/plan.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { stepOf } from './runEvents.ts';

const NODES = Array.from({ length: 16 }, (_, i): [NodeName, string] => [`d${i}`, `10.0.0.${i + 1}`]);

function failed(node: NodeName, host: string, atMs: number, message: string): RunEvent {
  const step: Step = { ...stepOf('run_docker', node, host), title: `create container omniplace_decode_${node}` };
  const rest = { startedMs: 0, durationMs: 0, exitCode: 125, command: null, output: [] };
  const result: StepResult = { step: step.id, status: 'failed', message, ...rest };
  return { kind: 'step-ended', atMs, step, result };
}

function shown(events: readonly RunEvent[]): string[] {
  const lines: string[] = [];
  const emit = linesView((text) => void lines.push(text.trimEnd()), { verbose: false });
  for (const event of events) emit(event);
  return lines;
}

const ENDED: RunEvent = { kind: 'phase-ended', atMs: 900, tag: 'run_docker', failed: 16 };

describe('the lines of failures', () => {
  it('are one for the same failure on 16 hosts, with the hosts, and the cause first', () => {
    const events = NODES.map(([node, host]) => failed(node, host, 500, `no space left on ${host} (exit code 125)`));
    expect(shown([...events, ENDED])).toEqual([
      `[   0.90]   failed on 16 hosts: no space left on <host> (exit code 125): create container omniplace_decode_<node> (${NODES.map(([node, host]) => `${node} ${host}`).join(', ')})`,
      '              exit code: 125',
    ]);
  });

  it('are one each for different failures', () => {
    const lines = shown([failed('d0', '10.0.0.1', 500, 'no space'), failed('d1', '10.0.0.2', 510, 'no image'), ENDED]);
    expect(lines.filter((line) => line.startsWith('['))).toEqual([
      '[   0.90]   d0   10.0.0.1 create container omniplace_decode_d0: failed: no space',
      '[   0.90]   d1   10.0.0.2 create container omniplace_decode_d1: failed: no image',
    ]);
  });

  it('wait a second for the same ones, not for the end of the phase', () => {
    const progress: RunEvent = {
      kind: 'step-progress',
      atMs: 1_600,
      step: 'run_server/d2/ready',
      text: 'x',
      fraction: 0,
    };
    expect(shown([failed('d0', '10.0.0.1', 500, 'no space'), progress])[0]).toMatch(/^\[ {3}1\.60\] {3}d0/);
    expect(shown([failed('d0', '10.0.0.1', 500, 'no space'), { ...progress, atMs: 1_400 }])).toEqual([]);
  });
});

describe('reports of hosts', () => {
  it('are the same but for their own names, not for those of others', () => {
    const of = (host: string, text: string) => ({ host, text });
    expect(groupSame([of('10.0.0.1', 'no way to 10.0.0.1'), of('10.0.0.11', 'no way to 10.0.0.1')])).toHaveLength(2);
    expect(groupSame([of('10.0.0.1', 'no way to 10.0.0.1'), of('10.0.0.11', 'no way to 10.0.0.11')])).toMatchObject([
      { text: 'no way to <host>' },
    ]);
  });
});

describe('a plan', () => {
  const check = (node: NodeName, host: string, reason: string): Step => ({
    ...stepOf('preflight', node, host),
    action: { kind: 'check', verdict: reason === 'fit' ? 'ok' : 'unreachable', reason },
  });
  const text = (...steps: Step[]) =>
    planText({ cluster: 'r1', digest: '', generation: '', steps }).trimEnd().split('\n');

  it('is unknown where a host was not reached, never without a change', () => {
    const lost = [check('d0', '10.0.0.1', "can't reach 10.0.0.1"), check('d1', '10.0.0.2', "can't reach 10.0.0.2")];
    const line = "unreachable: 10.0.0.1, 10.0.0.2: can't reach <host>";
    expect(text(...lost)).toEqual([line, "Unknown: 10.0.0.1, 10.0.0.2 can't be reached."]);
    expect(text(...lost, check('p0', '10.0.0.3', 'fit')).at(-1)).toBe(
      "Unknown: 10.0.0.1, 10.0.0.2 can't be reached; the others need no change.",
    );
    expect(text(lost[0]!, stepOf('run_docker', 'p0', '10.0.0.3')).at(-1)).toBe(
      '1 step on 1 host; what 10.0.0.1 needs is unknown.',
    );
  });
});
