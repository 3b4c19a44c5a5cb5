import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan, Step, StepId } from '../../src/plan/step.ts';
import type { Tag } from '../../src/plan/tags.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import { runPlan } from '../../src/runner/run.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { FakeHost } from '../fakes/fakeHost.ts';

const NUM_HOSTS = 12;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-slow-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a slow host holds back nobody but itself and what needs it', async () => {
  const hosts = new Map(Array.from({ length: NUM_HOSTS }, (_, i) => [`h${i}`, new FakeHost(`h${i}`)]));
  const each = Array.from({ length: NUM_HOSTS }, (_, i) => i);
  // the slow host's step ends once all others are through: a run that held them back would never end
  const others = join(folder, 'others');
  const steps = [
    ...each.map((i) => step('run_docker', i, 'first', i === 0 ? untilThere(others) : 'true')),
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
  const ended: string[] = [];
  const seconds = () => ended.filter((id) => id.endsWith('/second'));
  const plan: Plan = { cluster: 'c', digest: '', generation: '', steps };
  const startedMs = performance.now();
  const results = await runPlan(plan, {
    open: async (address) => hosts.get(address)!,
    emit: (event: RunEvent) => {
      if (event.kind !== 'step-ended') return;
      ended.push(event.step.id);
      if (seconds().length === NUM_HOSTS - 1 && !existsSync(others)) writeFileSync(others, '');
    },
    journal: { begin: async () => {}, end: async () => {} },
    signal: new AbortController().signal,
    nowMs: () => performance.now() - startedMs,
    forks: 64,
    policy: { onFailure: 'stop', maxFail: 0 },
  });
  expect(results.map(({ status }) => status)).toEqual(steps.map(() => 'changed'));
  expect(ended.slice(-3).sort()).toEqual(['run_docker/p0/first', 'run_docker/p0/second', 'run_docker/p1/barrier']);
  expect(ended.at(-3)).toBe('run_docker/p0/first');
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

function untilThere(path: string): string {
  return `while [ ! -e '${path}' ]; do sleep 0.05; done`;
}
