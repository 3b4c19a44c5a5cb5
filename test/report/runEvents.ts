import type { Step, StepId } from '../../src/plan/step.ts';
import type { Tag } from '../../src/plan/tags.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import type { NodeName } from '../../src/topology/topology.ts';

export function stepOf(tag: Tag, node: NodeName, host: string, name = 'a'): Step {
  return {
    id: `${tag}/${node}/${name}` as StepId,
    tag,
    node,
    host,
    title: `do ${name}`,
    because: 'it was not done',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'exec', argv: ['true'], in: null, stdin: null },
    deadlineMs: 1000,
    disruptive: false,
  };
}

export function stepEnded(
  step: Step,
  startedMs: number,
  endMs: number,
  status: 'changed' | 'cancelled' = 'changed',
): RunEvent {
  const result = {
    step: step.id,
    status,
    startedMs,
    durationMs: endMs - startedMs,
    message: 'done',
    exitCode: 0,
    command: 'true',
    output: [],
  };
  return { kind: 'step-ended', atMs: endMs, step, result };
}

/** Two hosts probed, one phase on both: on h1 two steps of p0 side by side, on h2 one step and one that never began. */
export const RUN: readonly RunEvent[] = [
  { kind: 'probe-started', atMs: 10, hosts: ['h1', 'h2'] },
  { kind: 'host-probed', atMs: 60, host: 'h1', durationMs: 50, problem: null },
  { kind: 'host-probed', atMs: 90, host: 'h2', durationMs: 80, problem: null },
  {
    kind: 'traffic',
    atMs: 90,
    during: 'probe',
    hosts: {
      h1: { roundTrips: 1, bytesSent: 4000, bytesReceived: 2000 },
      h2: { roundTrips: 1, bytesSent: 4000, bytesReceived: 1000 },
    },
  },
  { kind: 'phase-started', atMs: 100, tag: 'run_docker', steps: [] },
  stepEnded(stepOf('run_docker', 'p0', 'h1'), 100, 150),
  stepEnded(stepOf('run_docker', 'p0', 'h1', 'b'), 110, 200.5),
  stepEnded(stepOf('run_docker', 'd0', 'h2'), 100, 1300),
  stepEnded(stepOf('run_docker', 'd0', 'h2', 'b'), 1300, 1300, 'cancelled'),
  { kind: 'phase-ended', atMs: 1300, tag: 'run_docker', failed: 0 },
  {
    kind: 'traffic',
    atMs: 1300,
    during: 'run_docker',
    hosts: {
      h1: { roundTrips: 2, bytesSent: 3 * 1024 * 1024, bytesReceived: 10 },
      h2: { roundTrips: 1, bytesSent: 20, bytesReceived: 30 },
    },
  },
  { kind: 'notice', atMs: 1300, level: 'warning', text: 'look here' },
];
