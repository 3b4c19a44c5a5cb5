import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/operations/cluster/clusterView.ts';
import { exitOf } from '../../src/operations/cluster/run/exitOf.ts';
import { Random } from '../../src/placement/random.ts';
import type { Plan, Step, StepId, StepResult } from '../../src/plan/step.ts';
import type { FailureLimit } from '../../src/runner/context.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import { runPlan } from '../../src/runner/run.ts';
import { TransportError } from '../../src/transport/host.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import fc from '../fakes/fastCheck.ts';
import { type Fate, ScriptedHost } from '../fakes/scriptedHost.ts';
import { runs } from '../fakes/seed.ts';

/** Real plans of any cluster; what each step does is left to the schedule of faults. */
const cluster = fc
  .record({
    prefill: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
    decode: fc.integer({ min: 1, max: 4 }),
    proxyApart: fc.boolean(),
    shared: fc.boolean(),
  })
  .map(({ prefill, decode, proxyApart, shared }) => {
    let last = 0;
    const hosts = (count: number) =>
      Array.from({ length: count }, () => {
        last += 1;
        return `10.0.0.${last}`;
      });
    const groups = prefill.map((count) => ({ hosts: hosts(count), dies: [0, 1] }));
    const first = groups[0]!.hosts[0]!;
    // two instances on one host: their steps are fused into one batch
    const beside = shared ? [{ hosts: [first], dies: [2, 3], masterPort: 8050, baseApiPort: 9050 }] : [];
    const proxy = { host: proxyApart ? hosts(1)[0]! : first };
    return fakeDeployment({ prefill: [...groups, ...beside], decode: [{ hosts: hosts(decode), dies: [0, 1] }], proxy });
  });

const policy: fc.Arbitrary<FailureLimit> = fc.record({
  onFailure: fc.constantFrom('stop', 'continue'),
  maxFail: fc.oneof(
    fc.nat(3),
    fc.nat(100).map((percent) => ({ percent })),
  ),
  anyErrorsFatal: fc.constantFrom<NonNullable<FailureLimit['anyErrorsFatal']> | null>(null, 'all', [], ['run_docker']),
});

const schedule = fc.record({
  seed: fc.nat(),
  /** Of 100 steps so many go wrong. */
  percentWrong: fc.constantFrom(0, 3, 10, 40, 100),
  hostsDown: fc.nat(2),
  forks: fc.constantFrom(1, 2, 64),
  interruptedAfter: fc.option(fc.nat(40), { nil: null, freq: 4 }),
});

describe('any run of any plan, whatever fails in whatever order', () => {
  it('ends, reports what happened, runs nothing before what it needs, and exits as documented', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, policy, schedule, async (deployment, limit, faults) => {
        const plan = scripted(planOf(clusterOf(deployment, false)));
        const { results, events, hosts, interrupted } = await run(plan, limit, faults);
        endsWithOneResultForEach(plan, results, events);
        reportIsTrue(plan, results, hosts);
        nothingRanTooEarly(plan, events);
        exitCodeIsAsDocumented(results, interrupted);
        if (faults.percentWrong === 0 && faults.hostsDown === 0 && !interrupted)
          expect(results.every(({ status }) => status === 'ok' || status === 'changed')).toBe(true);
      }),
      runs(40, 1_000),
    );
  }, 600_000);
});

function endsWithOneResultForEach(plan: Plan, results: readonly StepResult[], events: readonly RunEvent[]): void {
  expect(results.map(({ step }) => step)).toEqual(plan.steps.map(({ id }) => id));
  const ended = events.flatMap((event) => (event.kind === 'step-ended' ? [event.result] : []));
  expect(new Set(ended.map(({ step }) => step)).size).toBe(ended.length);
  expect(new Set(ended)).toEqual(new Set(results));
}

/** What is reported done was done on the host; what never began there is not reported as failed there. */
function reportIsTrue(plan: Plan, results: readonly StepResult[], hosts: ReadonlyMap<string, Watched>): void {
  for (const [i, { status, step }] of results.entries()) {
    const host = hosts.get(plan.steps[i]!.host)!;
    const fate = host.fates.get(step);
    if (status === 'changed') expect([step, fate]).toEqual([step, 'done']);
    if (status === 'failed') expect([step, fate]).toEqual([step, 'fails']);
    if (status === 'unreachable') expect([step, host.isDown || host.isLost]).toEqual([step, true]);
    if (status === 'cancelled') expect([step, fate === 'fails']).toEqual([step, false]);
    if (fate === 'lost') expect([step, status]).toEqual([step, status === 'cancelled' ? 'cancelled' : 'unreachable']);
  }
}

function nothingRanTooEarly(plan: Plan, events: readonly RunEvent[]): void {
  const good = new Set<StepId>();
  const over = new Set<StepId>();
  const planned = new Set(plan.steps.map(({ id }) => id));
  for (const event of events) {
    if (event.kind === 'step-started') {
      expect(event.step.needs.filter((need) => !good.has(need))).toEqual([]);
      expect(event.step.after.filter((before) => planned.has(before) && !over.has(before))).toEqual([]);
    }
    if (event.kind !== 'step-ended') continue;
    over.add(event.step.id);
    if (event.result.status === 'ok' || event.result.status === 'changed') good.add(event.step.id);
  }
}

function exitCodeIsAsDocumented(results: readonly StepResult[], interrupted: boolean): void {
  const has = (status: StepResult['status'], tag?: RegExp) =>
    results.some((result) => result.status === status && (tag?.test(result.step) ?? true));
  const { exitCode } = exitOf(results, interrupted);
  if (interrupted && has('cancelled')) expect(exitCode).toBe(130);
  else if (has('failed', /^(?!verify\/)/)) expect(exitCode).toBe(3);
  else if (has('failed')) expect(exitCode).toBe(6);
  else if (has('unreachable')) expect(exitCode).toBe(4);
  else {
    expect(exitCode).toBe(0);
    expect(has('cancelled')).toBe(false);
  }
}

interface Watched {
  readonly host: ScriptedHost;
  readonly isDown: boolean;
  isLost: boolean;
  /** Of the steps that began there. */
  readonly fates: Map<string, Fate>;
}

async function run(
  plan: Plan,
  limit: FailureLimit,
  faults: { seed: number; percentWrong: number; hostsDown: number; forks: number; interruptedAfter: number | null },
) {
  const random = Random.scrambled(faults.seed);
  const controller = new AbortController();
  const addresses = [...new Set(plan.steps.map(({ host }) => host))];
  const down = new Set(Array.from({ length: faults.hostsDown }, () => addresses[random.below(addresses.length)]));
  const hosts = new Map(
    addresses.map((address): [string, Watched] => {
      const fates = new Map<string, Fate>();
      const fateOf = (id: string): Fate => {
        const isWrong = random.below(100) < faults.percentWrong;
        const fate: Fate = isWrong ? (random.uniform() < 0.5 ? 'fails' : 'lost') : 'done';
        fates.set(id, fate);
        if (fate === 'lost') watched.isLost = true;
        return fate;
      };
      const host = new ScriptedHost(address, fateOf, () => random.below(4));
      const watched: Watched = { host, isDown: down.has(address), isLost: false, fates };
      return [address, watched];
    }),
  );
  const events: RunEvent[] = [];
  const results = await runPlan(plan, {
    open: async (address) => {
      const { host, isDown } = hosts.get(address)!;
      if (isDown) throw new TransportError('unreachable', address, `can't reach ${address}`, null);
      return host;
    },
    emit: (event) => {
      events.push(event);
      if (faults.interruptedAfter !== null && events.length > faults.interruptedAfter) controller.abort();
    },
    journal: { begin: async () => {}, end: async () => {} },
    signal: controller.signal,
    nowMs: () => 0,
    forks: faults.forks,
    policy: limit,
  });
  return { results, events, hosts, interrupted: controller.signal.aborted };
}

/** The same plan, whose steps a scripted host can carry out: waits stay waits, what runs alone or in shell becomes shell. */
function scripted(plan: Plan): Plan {
  const steps = plan.steps.map((step): Step => {
    if (step.action.kind === 'check') return step;
    if (step.action.kind !== 'wait')
      return { ...step, guard: null, action: { kind: 'exec', argv: [`step:${step.id}`], in: null, stdin: null } };
    const { until } = step.action;
    const process = { ...until.process, generation: `step:${step.id}` };
    const nothing = { probes: [], ports: [], joined: null, logs: [], marker: null };
    return { ...step, action: { ...step.action, until: { ...until, ...nothing, process } } };
  });
  return { ...plan, steps };
}
