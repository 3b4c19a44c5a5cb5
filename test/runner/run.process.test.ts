import { describe, expect, it } from 'vitest';
import type { Plan, Step, StepId, StepResult } from '../../src/plan/step.ts';
import type { FailureLimit } from '../../src/runner/context.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import { runPlan } from '../../src/runner/run.ts';
import { TransportError } from '../../src/transport/host.ts';
import { FakeHost } from '../fakes/fakeHost.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

const STOP: FailureLimit = { onFailure: 'stop', maxFail: 0 };

describe('a run', () => {
  it('fuses the commands of a host and phase into one round trip', async () => {
    const { statuses, hosts } = await run([
      step('run_docker', 'p0', 'a'),
      step('run_docker', 'p0', 'b'),
      step('run_docker', 'c0', 'c'),
      step('run_docker', 'd0', 'd'),
    ]);
    expect(statuses).toEqual({
      'run_docker/p0/a': 'changed',
      'run_docker/p0/b': 'changed',
      'run_docker/c0/c': 'changed',
      'run_docker/d0/d': 'changed',
    });
    expect([hosts.h1?.meter.roundTrips, hosts.h2?.meter.roundTrips]).toEqual([1, 1]);
  });

  it('lets other hosts go on to the end of the phase, then stops', async () => {
    const { statuses, results } = await run([
      step('run_docker', 'p0', 'a', { argv: ['sh', '-c', 'echo oops; exit 9'] }),
      step('run_docker', 'p0', 'b', { needs: ['run_docker/p0/a'] }),
      step('run_docker', 'd0', 'a'),
      step('run_server', 'd0', 'a'),
    ]);
    expect(statuses).toEqual({
      'run_docker/p0/a': 'failed',
      'run_docker/p0/b': 'cancelled',
      'run_docker/d0/a': 'changed',
      'run_server/d0/a': 'cancelled',
    });
    const failed = results.find((result) => result.status === 'failed');
    expect([failed?.exitCode, failed?.command, failed?.output]).toEqual([9, "sh -c 'echo oops; exit 9'", ['oops']]);
    expect(results.find((result) => result.step === 'run_server/d0/a')?.message).toBe('run_docker failed on h1');
  });

  it('goes on with what does not need the failed step when the policy says continue', async () => {
    const steps = [
      step('run_docker', 'p0', 'a', { argv: ['false'] }),
      step('run_docker', 'd0', 'a'),
      step('run_server', 'p0', 'a', { needs: ['run_docker/p0/a'] }),
      step('run_server', 'd0', 'a', { needs: ['run_docker/d0/a'] }),
    ];
    const { statuses } = await run(steps, { policy: { onFailure: 'continue', maxFail: 0 } });
    expect(statuses).toEqual({
      'run_docker/p0/a': 'failed',
      'run_docker/d0/a': 'changed',
      'run_server/p0/a': 'cancelled',
      'run_server/d0/a': 'changed',
    });
  });

  it('cancels what goes together when one of it fails, and undoes what was made for it', async () => {
    const together: StepId[] = ['run_docker/p0/make', 'run_docker/d0/make'];
    const steps = (ofD0: string) => [
      step('run_docker', 'p0', 'make'),
      { ...step('run_docker', 'p0', 'use', { needs: ['run_docker/p0/make'] }), together },
      { ...step('run_docker', 'p0', 'undo', { needs: ['run_docker/p0/make'] }), unless: 'run_docker/p0/use' as const },
      // later than what it goes together with, and cancelled before it
      step('run_docker', 'd0', 'load', { argv: [ofD0] }),
      step('run_docker', 'd0', 'make', { needs: ['run_docker/d0/load'] }),
    ];
    const made = { 'run_docker/p0/make': 'changed' };
    expect((await run(steps('false'))).statuses).toEqual({
      ...made,
      'run_docker/p0/use': 'cancelled',
      'run_docker/p0/undo': 'changed',
      'run_docker/d0/load': 'failed',
      'run_docker/d0/make': 'cancelled',
    });
    expect((await run(steps('true'))).statuses).toEqual({
      ...made,
      'run_docker/p0/use': 'changed',
      'run_docker/p0/undo': 'skipped',
      'run_docker/d0/load': 'changed',
      'run_docker/d0/make': 'changed',
    });
  });

  it('tells a lost host from a failed step, and asks it nothing more', async () => {
    const { statuses, hosts } = await run(
      [
        step('run_docker', 'p0', 'a', { argv: ['echo', 'cut here'] }),
        step('run_server', 'p0', 'b'),
        step('run_docker', 'd0', 'a'),
      ],
      {
        policy: { onFailure: 'continue', maxFail: 0 },
        cut: { h1: /cut here/ },
      },
    );
    expect(statuses).toEqual({
      'run_docker/p0/a': 'unreachable',
      'run_server/p0/b': 'unreachable',
      'run_docker/d0/a': 'changed',
    });
    expect(hosts.h1?.meter.roundTrips).toBe(1);
  });

  it('stops after preflight however many failures are allowed', async () => {
    const check = step('preflight', 'p0', 'host');
    const { statuses } = await run(
      [{ ...check, action: { kind: 'check', verdict: 'failed', reason: 'no docker' } }, step('run_docker', 'd0', 'a')],
      { policy: { onFailure: 'stop', maxFail: 5 } },
    );
    expect(statuses).toEqual({ 'preflight/p0/host': 'failed', 'run_docker/d0/a': 'cancelled' });
  });

  it('waits for steps of other hosts that come before, whatever became of them', async () => {
    const { events } = await run([
      step('run_server', 'd0', 'slow', { argv: ['sh', '-c', 'sleep 0.3; exit 1'] }),
      step('run_server', 'p0', 'after', { after: ['run_server/d0/slow'] }),
    ]);
    const order = events.flatMap((event) =>
      event.kind === 'step-started' || event.kind === 'step-ended' ? [`${event.kind} ${event.step.id}`] : [],
    );
    expect(order).toEqual([
      'step-started run_server/d0/slow',
      'step-ended run_server/d0/slow',
      'step-started run_server/p0/after',
      'step-ended run_server/p0/after',
    ]);
  });

  it('starts what a wait waits for, even with one fork', async () => {
    const gate = `/tmp/omniplace-gate-${process.pid}`;
    const waiting = step('run_server', 'p0', 'wait', {
      argv: ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.05; done; rm ${gate}`],
    });
    const { statuses } = await run(
      [step('run_server', 'd0', 'open', { argv: ['touch', gate] }), { ...waiting, after: ['run_server/d0/open'] }],
      { forks: 1 },
    );
    expect(statuses).toEqual({ 'run_server/p0/wait': 'changed', 'run_server/d0/open': 'changed' });
  });

  it('fails a step whose beginning could not be written down, and ends', async () => {
    const { statuses } = await run([step('run_docker', 'p0', 'a'), step('run_docker', 'd0', 'a')], {
      journalFails: true,
    });
    expect(statuses).toEqual({ 'run_docker/p0/a': 'failed', 'run_docker/d0/a': 'failed' });
  });

  it('ends a step at its deadline, and says so', async () => {
    const { results } = await run([
      step('run_docker', 'p0', 'a', { argv: ['sleep', '20'], deadlineMs: 200 }),
      step('run_docker', 'p0', 'b'),
    ]);
    expect(results.map((result) => [result.step, result.status, result.message])).toEqual([
      ['run_docker/p0/a', 'failed', 'not done within 0 s'],
      ['run_docker/p0/b', 'cancelled', 'a step before it ran past its deadline'],
    ]);
  });

  it('cancels the rest when interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const { statuses } = await run(
      [step('run_docker', 'p0', 'a', { argv: ['sleep', '20'] }), step('run_server', 'd0', 'a')],
      { signal: controller.signal },
    );
    expect(statuses).toEqual({ 'run_docker/p0/a': 'cancelled', 'run_server/d0/a': 'cancelled' });
  });

  it('writes every step into the journal before it begins, and its result after', async () => {
    const { journal } = await run([step('run_docker', 'p0', 'a')]);
    expect(journal).toEqual(['begin run_docker/p0/a', 'end run_docker/p0/a changed']);
  });

  it('takes back what was done where the run ends early, and only then what was done', async () => {
    const back: Step = { ...step('run_proxy', 'c0', 'resume'), takesBack: ['stop_server/p0/pause'] };
    const fails = step('run_server', 'd0', 'spawn', { argv: ['false'] });
    const { statuses, events } = await run([
      step('stop_server', 'p0', 'pause'),
      fails,
      back,
      step('run_proxy', 'c0', 'a'),
    ]);
    expect(statuses).toMatchObject({ 'run_proxy/c0/resume': 'changed', 'run_proxy/c0/a': 'cancelled' });
    expect(events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))).toEqual([
      'run_proxy: 1 step not done: run_server failed on h2',
    ]);
    const before = step('run_docker', 'd0', 'a', { argv: ['false'] });
    const early = await run([before, step('stop_server', 'p0', 'pause'), back]);
    expect(early.statuses['run_proxy/c0/resume']).toBe('cancelled');
  });

  it('always ends with a result for every step, and runs nothing before what it needs', async () => {
    await fc.assert(
      fc.asyncProperty(plans(), async (steps) => {
        const { results, events } = await run(steps, { policy: { onFailure: 'continue', maxFail: 0 } });
        expect(results.map((result) => result.step).sort()).toEqual(steps.map((one) => one.id).sort());
        const good = new Set<string>();
        for (const event of events) {
          if (event.kind === 'step-started') expect(event.step.needs.every((need) => good.has(need))).toBe(true);
          if (event.kind === 'step-ended' && event.result.status === 'changed') good.add(event.step.id);
        }
      }),
      runs(15, 500),
    );
  });
});

/** Up to 12 steps in two phases on three hosts; some fail; each may need any before it. */
function plans(): fc.Arbitrary<Step[]> {
  const node = fc.constantFrom('p0', 'd0', 'c0') as fc.Arbitrary<Step['node']>;
  const one = fc.record({ node, fails: fc.boolean(), needs: fc.array(fc.nat(11), { maxLength: 3 }) });
  return fc.array(one, { minLength: 1, maxLength: 12 }).map((list) => {
    const steps: Step[] = [];
    for (const [i, { node: name, fails, needs }] of list.entries()) {
      const tag = i < list.length / 2 ? 'run_docker' : 'run_server';
      const ids = needs.filter((need) => need < i).map((need) => steps[need]?.id as StepId);
      steps.push(step(tag, name, `s${i}`, { argv: [fails ? 'false' : 'true'], needs: ids }));
    }
    return steps;
  });
}

function step(
  tag: Step['tag'],
  node: Step['node'],
  name: string,
  parts: { argv?: string[]; needs?: StepId[]; after?: StepId[]; deadlineMs?: number } = {},
): Step {
  return {
    id: `${tag}/${node}/${name}`,
    tag,
    node,
    host: node.startsWith('d') ? 'h2' : 'h1',
    title: name,
    because: 'test',
    needs: parts.needs ?? [],
    after: parts.after ?? [],
    guard: null,
    action: { kind: 'exec', argv: parts.argv ?? ['true'], in: null, stdin: null },
    deadlineMs: parts.deadlineMs ?? 20_000,
    disruptive: false,
  };
}

async function run(
  steps: Step[],
  options: {
    policy?: FailureLimit;
    cut?: Record<string, RegExp>;
    signal?: AbortSignal;
    forks?: number;
    journalFails?: boolean;
  } = {},
) {
  const plan: Plan = { cluster: 'c', digest: 'd', generation: 'g', steps };
  const hosts: Record<string, FakeHost> = {};
  const events: RunEvent[] = [];
  const journal: string[] = [];
  const results = await runPlan(plan, {
    open: async (address) => {
      const host = hosts[address] ?? new FakeHost(address, options.cut?.[address] ?? null);
      hosts[address] = host;
      if (address === 'nowhere') throw new TransportError('unreachable', address, 'no answer', null);
      return host;
    },
    emit: (event) => events.push(event),
    journal: {
      begin: async (begun) => {
        if (options.journalFails) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        journal.push(...begun.map((one) => `begin ${one.id}`));
      },
      end: async (result: StepResult) => void journal.push(`end ${result.step} ${result.status}`),
    },
    signal: options.signal ?? new AbortController().signal,
    nowMs: () => performance.now(),
    forks: options.forks ?? 8,
    policy: options.policy ?? STOP,
  });
  return {
    results,
    events,
    hosts,
    journal,
    statuses: Object.fromEntries(results.map((result) => [result.step, result.status])),
  };
}
