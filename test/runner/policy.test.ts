import { describe, expect, it } from 'vitest';
import { exitOf } from '../../src/operations/cluster/run/exitOf.ts';
import type { Plan, Step } from '../../src/plan/step.ts';
import type { Tag } from '../../src/plan/tags.ts';
import type { FailureLimit } from '../../src/runner/context.ts';
import { hostsThatMayFail } from '../../src/runner/policy.ts';
import { runPlan } from '../../src/runner/run.ts';
import { type Fate, ScriptedHost } from '../fakes/scriptedHost.ts';

const NUM_HOSTS = 8;
const HOSTS = Array.from({ length: NUM_HOSTS }, (_, i) => `10.0.0.${i + 1}`);

/** Of 8 hosts as many as the policy lets fail; a run of whole phases goes on up to there and no further. */
const POLICIES: readonly { readonly name: string; readonly policy: FailureLimit; readonly allows: number }[] = [
  { name: 'stop', policy: { onFailure: 'stop', maxFail: 0 }, allows: 0 },
  { name: 'stop, max_fail 2', policy: { onFailure: 'stop', maxFail: 2 }, allows: 2 },
  { name: 'stop, max_fail 25%', policy: { onFailure: 'stop', maxFail: { percent: 25 } }, allows: 2 },
  { name: 'stop, max_fail 30%', policy: { onFailure: 'stop', maxFail: { percent: 30 } }, allows: 2 },
  { name: 'stop, max_fail 100%', policy: { onFailure: 'stop', maxFail: { percent: 100 } }, allows: 8 },
  { name: 'continue', policy: { onFailure: 'continue', maxFail: 0 }, allows: 8 },
];
const K = Array.from({ length: NUM_HOSTS + 1 }, (_, k) => k);

describe.each(POLICIES)('$name', ({ policy, allows }) => {
  it.each(K)('%i of 8 failed: the rest goes on as long as that is allowed, and the exit code is 3', async (k) => {
    const { later, exitCode } = await run(policy, (host) => (host < k ? 'fails' : 'done'));
    expect(later).toEqual(k <= allows ? HOSTS.map((_, i) => (i < k ? 'cancelled' : 'changed')) : all('cancelled'));
    expect(exitCode).toBe(k === 0 ? 0 : 3);
  });

  it.each(K)('%i of 8 lost: they count the same, are asked nothing more, and the exit code is 4', async (k) => {
    const { later, exitCode, roundTrips } = await run(policy, (host) => (host < k ? 'lost' : 'done'));
    expect(later).toEqual(k <= allows ? HOSTS.map((_, i) => (i < k ? 'cancelled' : 'changed')) : all('cancelled'));
    expect(exitCode).toBe(k === 0 ? 0 : 4);
    expect(roundTrips.slice(0, k)).toEqual(Array(k).fill(1));
  });

  it.each(K)('%i of 8 gone, failed and lost by turns: together they count once each', async (k) => {
    const fate = (host: number): Fate => (host >= k ? 'done' : host % 2 === 0 ? 'fails' : 'lost');
    const { later, exitCode } = await run(policy, fate);
    expect(later.includes('changed')).toBe(k < NUM_HOSTS && k <= allows);
    expect(exitCode).toBe(k === 0 ? 0 : 3);
  });
});

describe('failures of a run', () => {
  it('add up over its phases: a host that was let pass still counts', async () => {
    const failing = (id: string): Fate =>
      id.startsWith('run_docker/p0') || id.startsWith('push_config/p1') ? 'fails' : 'done';
    const allowed = await statuses({ onFailure: 'stop', maxFail: 2 }, failing);
    const exceeded = await statuses({ onFailure: 'stop', maxFail: 1 }, failing);
    expect(allowed['run_server/p2/a']).toBe('changed');
    expect(exceeded['push_config/p2/a']).toBe('changed');
    expect(exceeded['run_server/p2/a']).toBe('cancelled');
  });

  it('of one host in two phases are those of one host', async () => {
    const failing = (id: string): Fate => (/^(run_docker\/p0|push_config\/p0)/.test(id) ? 'fails' : 'done');
    const { 'run_server/p2/a': later } = await statuses({ onFailure: 'stop', maxFail: 1 }, failing, false);
    expect(later).toBe('changed');
  });

  it('say what became of whom', async () => {
    const fates: Record<string, Fate> = { 'run_docker/p0/a': 'fails', 'run_docker/p1/a': 'lost' };
    const { messages } = await runSteps(steps(), { onFailure: 'stop', maxFail: 1 }, (id) => fates[id] ?? 'done');
    expect(messages['run_server/p2/a']).toBe('run_docker failed on 10.0.0.1; lost 10.0.0.2');
  });
});

describe('any_errors_fatal', () => {
  const one = (id: string): Fate => (id === 'push_config/p0/a' ? 'fails' : 'done');
  const lost = (id: string): Fate => (id === 'push_config/p0/a' ? 'lost' : 'done');

  it.each([
    ['names the phase', ['push_config'], 'cancelled'],
    ['names another phase', ['run_docker'], 'changed'],
    ['is true', 'all', 'cancelled'],
    ['is false', [], 'changed'],
    ['is not there', null, 'changed'],
  ] as const)('that %s decides, whatever else is allowed', async (_, anyErrorsFatal, expected) => {
    for (const limit of [
      { onFailure: 'continue', maxFail: 0 },
      { onFailure: 'stop', maxFail: { percent: 100 } },
    ] as const) {
      const found = await statuses({ ...limit, anyErrorsFatal }, one);
      expect(found['run_server/p2/a']).toBe(expected);
    }
  });

  it('is not about hosts that are lost', async () => {
    const found = await statuses({ onFailure: 'continue', maxFail: 0, anyErrorsFatal: 'all' }, lost);
    expect(found['run_server/p2/a']).toBe('changed');
  });
});

describe('preflight', () => {
  const unfit = (verdict: 'failed' | 'unreachable'): Step[] => [
    { ...step('preflight', 0), action: { kind: 'check', verdict, reason: 'because' } },
    ...steps(),
  ];
  const behind = async (verdict: 'failed' | 'unreachable', policy: FailureLimit) =>
    (await runSteps(unfit(verdict), policy, () => 'done')).statuses['run_server/p2/a'];

  it('is a gate for a host that is unfit, though failures are allowed', async () => {
    expect(await behind('failed', { onFailure: 'stop', maxFail: 5 })).toBe('cancelled');
    expect(await behind('failed', { onFailure: 'stop', maxFail: 5, anyErrorsFatal: [] })).toBe('changed');
    expect(await behind('failed', { onFailure: 'continue', maxFail: 0 })).toBe('changed');
    expect(await behind('failed', { onFailure: 'continue', maxFail: 0, anyErrorsFatal: ['preflight'] })).toBe(
      'cancelled',
    );
  });

  it('lets pass as many unreachable hosts as may fail', async () => {
    expect(await behind('unreachable', { onFailure: 'stop', maxFail: 0 })).toBe('cancelled');
    expect(await behind('unreachable', { onFailure: 'stop', maxFail: 1 })).toBe('changed');
  });
});

describe('a percentage', () => {
  it.each([
    [0, 10, 0],
    [10, 10, 1],
    [25, 10, 2],
    [29, 10, 2],
    [33, 3, 0],
    [34, 3, 1],
    [100, 3, 3],
  ])('of %i of %i hosts are %i', (percent, hosts, expected) => {
    expect(hostsThatMayFail({ percent }, hosts)).toBe(expected);
  });
});

function all(status: string): string[] {
  return HOSTS.map(() => status);
}

/** The first of three phases goes wrong as told; gives what became of the last, host by host. */
async function run(policy: FailureLimit, fate: (host: number) => Fate) {
  const first = (id: string): Fate => (id.startsWith('run_docker/') ? fate(hostOf(id)) : 'done');
  const { statuses: found, hosts, results } = await runSteps(steps(), policy, first);
  return {
    later: HOSTS.map((_, i) => found[`run_server/p${i}/a`]),
    exitCode: exitOf(results, false).exitCode,
    roundTrips: HOSTS.map((address) => hosts.get(address)?.meter.roundTrips ?? 0),
  };
}

async function statuses(policy: FailureLimit, fate: (id: string) => Fate, chained = true) {
  return (await runSteps(steps(chained), policy, fate)).statuses;
}

async function runSteps(list: Step[], policy: FailureLimit, fate: (id: string) => Fate) {
  const hosts = new Map(HOSTS.map((address) => [address, new ScriptedHost(address, fate)]));
  const plan: Plan = { cluster: 'c', digest: 'd', generation: 'g', steps: list };
  const results = await runPlan(plan, {
    open: async (address) => hosts.get(address)!,
    emit: () => {},
    journal: { begin: async () => {}, end: async () => {} },
    signal: new AbortController().signal,
    nowMs: () => 0,
    forks: 64,
    policy,
  });
  return {
    results,
    hosts,
    statuses: Object.fromEntries(results.map((result) => [result.step, result.status])),
    messages: Object.fromEntries(results.map((result) => [result.step, result.message])),
  };
}

/** Three phases of one step on each host; `chained`: a step needs the host's one before it. */
function steps(chained = true): Step[] {
  const tags = ['run_docker', 'push_config', 'run_server'] as const;
  return tags.flatMap((tag, t) =>
    HOSTS.map((_, i) => {
      const before = tags[t - 1];
      return { ...step(tag, i), needs: chained && before !== undefined ? [step(before, i).id] : [] };
    }),
  );
}

function step(tag: Tag, host: number): Step {
  return {
    id: `${tag}/p${host}/a`,
    tag,
    node: `p${host}`,
    host: HOSTS[host]!,
    title: 'a',
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'exec', argv: [`step:${tag}/p${host}/a`], in: null, stdin: null },
    deadlineMs: 20_000,
    disruptive: false,
  };
}

function hostOf(id: string): number {
  return Number(/\/p(\d+)\//.exec(id)?.[1]);
}
