import { expect, it } from 'vitest';
import type { Plan, Step, StepId } from '../../src/plan/step.ts';
import type { Tag } from '../../src/plan/tags.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import { runPlan } from '../../src/runner/run.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { FakeHost } from '../fakes/fakeHost.ts';

const NUM_HOSTS = 12;
const SLOW_S = 1.5;

it('a slow host holds back nobody but itself and what needs it', async () => {
  const hosts = new Map(Array.from({ length: NUM_HOSTS }, (_, i) => [`h${i}`, new FakeHost(`h${i}`)]));
  const each = Array.from({ length: NUM_HOSTS }, (_, i) => i);
  const steps = [
    ...each.map((i) => step('run_docker', i, 'first', i === 0 ? `sleep ${SLOW_S}` : 'true')),
    // own predecessor alone
    ...each.map((i) => step('run_docker', i, 'second', 'true', [`run_docker/p${i}/first`])),
    // the barrier: every host's first step
    step(
      'run_docker',
      1,
      'barrier',
      'true',
      each.map((i) => `run_docker/p${i}/first` as StepId),
    ),
  ];
  const ended = new Map<string, number>();
  const plan: Plan = { cluster: 'c', digest: '', generation: '', steps };
  const startedMs = performance.now();
  const results = await runPlan(plan, {
    open: async (address) => hosts.get(address)!,
    emit: (event: RunEvent) => {
      if (event.kind === 'step-ended') ended.set(event.step.id, performance.now() - startedMs);
    },
    journal: { begin: async () => {}, end: async () => {} },
    signal: new AbortController().signal,
    nowMs: () => performance.now() - startedMs,
    forks: 64,
    policy: { onFailure: 'stop', maxFail: 0 },
  });
  expect(results.map(({ status }) => status)).toEqual(steps.map(() => 'changed'));
  const slowMs = ended.get('run_docker/p0/first')!;
  expect(slowMs).toBeGreaterThanOrEqual(SLOW_S * 1000);
  for (const i of each.slice(1)) expect([i, ended.get(`run_docker/p${i}/second`)! < slowMs]).toEqual([i, true]);
  expect(ended.get('run_docker/p1/barrier')).toBeGreaterThan(slowMs);
});

function step(tag: Tag, host: number, name: string, script: string, needs: readonly StepId[] = []): Step {
  const node: NodeName = `p${host}`;
  return {
    id: `${tag}/${node}/${name}`,
    tag,
    node,
    host: `h${host}`,
    title: name,
    because: 'a test',
    needs,
    after: [],
    guard: null,
    action: { kind: 'exec', argv: ['sh', '-c', script], in: null, stdin: null },
    deadlineMs: 60_000,
    disruptive: false,
  };
}
