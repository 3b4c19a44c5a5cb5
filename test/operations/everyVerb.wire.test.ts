import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as accelerators from '../../src/accelerators/index.ts';
import type { AcceleratorName, EngineName } from '../../src/deployment/deployment.ts';
import type { Fault } from '../../src/deployment/fault.ts';
import type { Engine } from '../../src/engines/engine.ts';
import type * as engines from '../../src/engines/index.ts';
import type { Facts } from '../../src/facts/facts.ts';
import type { Diagnosis } from '../../src/operations/doctor/doctor.gen.ts';
import type { Explanation } from '../../src/operations/explain/explain.ts';
import type { InitAnswer } from '../../src/operations/init/initCommand.ts';
import type { RenderManifest } from '../../src/operations/render/render.ts';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { NO_FAKE_HOSTS } from '../fakes/fakeCluster.ts';
import { inProcess, type Verb } from '../fakes/inProcess.ts';
import { ToyCluster } from '../fakes/toyEngine/toyCluster.ts';
import { unless } from '../fakes/unless.ts';

// what src has of a new engine and of a new accelerator besides their folders: a line each, and what `npm run gen` makes of them
vi.mock('../../src/engines/index.ts', async (original) => {
  const [real, { toyEngine }] = await Promise.all([
    original<typeof engines>(),
    import('../fakes/toyEngine/toyEngine.ts'),
  ]);
  const added: Readonly<Record<string, Engine>> = {
    toy: toyEngine,
    'toy-alone': { ...toyEngine, name: 'toy-alone', router: () => null },
  };
  return {
    ...real,
    engineOf: (name: EngineName) => added[name] ?? real.engineOf(name),
    allEngines: () => [...real.allEngines(), toyEngine],
  };
});
vi.mock('../../src/accelerators/index.ts', async (original) => {
  const [{ acceleratorOf }, { toyAccelerator }] = await Promise.all([
    original<typeof accelerators>(),
    import('../fakes/toyAccelerator.ts'),
  ]);
  return { acceleratorOf: (name: AcceleratorName | 'toy') => (name === 'toy' ? toyAccelerator : acceleratorOf(name)) };
});
vi.mock('../../schemas/deployment.schema.json', async () => ({
  default: (await import('../fakes/toyEngine/toySchema.ts')).toySchema(),
}));
vi.mock('../../src/deployment/validator.gen.ts', async () => ({
  validate: (await import('../fakes/toyEngine/toySchema.ts')).toyValidator(),
}));

const cluster = new ToyCluster();
const omniplace = inProcess();
const path = (name: string) => join(cluster.root, name);
let file = '';
let served: RunSummary;

/** The steps of a run by tag: a wave after the other. */
const tagsOf = ({ results }: RunSummary) => [...new Set(results.map(({ step }) => step.split('/')[0]))];
const stepsOf = ({ results }: RunSummary, tag: string) =>
  results.filter(({ step }) => step.startsWith(`${tag}/`)).map(({ step }) => step.slice(tag.length + 1));
/** Of a busy machine's hosts one may not answer within the second that status gives it. */
const states = async (): Promise<readonly string[]> => {
  const { answer } = await omniplace<ClusterStatus>('status', file);
  return [answer.state, ...answer.nodes.map(({ node, state, reason }) => `${node} ${state}: ${reason}`)];
};
const run = async (verb: Verb, ...argv: string[]): Promise<RunSummary> => {
  const last = verb === 'stop' || verb === 'restart' ? ['--last'] : [];
  const { answer, code, stderr } = await omniplace<RunSummary>(verb, ...argv, '--yes', ...last);
  const failed = answer.results?.filter(({ status }) => status === 'failed');
  expect({ code, failed, stderr }).toMatchObject({ code: 0, failed: [] });
  return answer;
};
const confOf = (host: number, node: string) => cluster.text(host, `${node}/toy.conf`);

const SERVING = [
  'serving',
  'p0 serving: answers',
  'p1 serving: answers',
  'd0 serving: answers',
  'd1 serving: stage, joined',
  'c0 serving: answers',
];

describe('an engine and an accelerator that src does not have', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', path('home'));
    await cluster.up();
    file = cluster.toys();
    served = await run('serve', file);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('serves: its tag brings its files, its waves start one after the other, and the router follows', () => {
    expect(tagsOf(served)).toEqual(['preflight', 'run_docker', 'put_toy', 'run_server', 'run_proxy', 'verify']);
    const startedMs = (node: string) =>
      served.results.find(({ step }) => step === `run_server/${node}/spawn`)!.startedMs;
    expect(['p1', 'p0', 'd0'].sort((a, b) => startedMs(a) - startedMs(b))).toEqual(['d0', 'p0', 'p1']);
    expect(confOf(3, 'd1')).toContain('stage 2 of 2\nword hello\n');
  });

  it('has nothing to change when it is served again', async () => {
    const { answer } = await omniplace<{ readonly tags: readonly string[] }>('serve', file, '--list-tags');
    expect(answer.tags).toEqual(['preflight', 'verify']);
  });

  it('has a status: stages, servers and the router', async () => {
    await expect.poll(states).toEqual(SERVING);
  });

  it('has dies that facts describe in words of its driver', async () => {
    const { answer } = await omniplace<Facts>('facts', file);
    expect(answer['127.0.1.2']).toMatchObject({ machine: { software: { toyware: '7.1' }, pingsDies: true } });
  });

  it('is looked at by doctor, whose servers are no fault while they serve', async () => {
    const { code, answer } = await omniplace<Diagnosis>('doctor', 'd0', file);
    const [host, ...others] = answer.hosts;
    expect(others).toEqual([]);
    // a die of every toy host is broken; nothing that serves is a fault
    const faults = host!.checks.filter(({ state }) => state === 'fault');
    expect(faults.map(({ text }) => text)).toEqual(['die 1 of d0 is not well: broken']);
    expect(code).toBe(3);
    const of = (subject: string) => host!.checks.find((check) => check.subject === subject)?.text;
    expect(of('devices')).toBe('2 devices seen: 0-1 (d0 uses 0-1)');
    expect(of('containers')).toContain('d0 runs');
  });

  it('runs a command in the containers of nodes', async () => {
    expect(await omniplace('exec', 'p0', file, '--', 'toyctl', 'version')).toMatchObject({
      code: 0,
      answer: { node: 'p0', stdout: '7.1\n' },
    });
  });

  it('shows and fetches logs', async () => {
    const { answer } = await omniplace<{ readonly lines: readonly object[] }>('logs', 'd1', file);
    expect(answer.lines).toMatchObject([{ node: 'd1', text: 'a toy with the word hello' }]);
    expect(await omniplace('fetch-logs', file, '--out', path('logs'))).toMatchObject({ code: 0 });
    expect(readFileSync(path('logs/c0/c0.log'), 'utf8')).toBe('a toy with the word of others\n');
  });

  it('is rendered as it is on its hosts', async () => {
    const { answer } = await omniplace<RenderManifest>('render', file, '--out', path('rendered'));
    expect(answer.missing).toEqual([]);
    expect(answer.nodes.d1!.dockerRun).toContain('--device=/dev/toy0 --device=/dev/toy1');
    const rendered = answer.files.find(({ node }) => node === 'd1')!.file;
    expect(readFileSync(path(`rendered/${rendered}`), 'utf8')).toBe(confOf(3, 'd1'));
  });

  it('explains its stages, and that instances join its router without a restart', async () => {
    const { answer } = await omniplace<Explanation>('explain', file);
    expect(answer.d1!.values.pp).toEqual({ value: 2, because: 'one stage per host' });
    expect(Object.values(answer.c0!.values)).toContainEqual({ value: 'round_robin', because: 'a toy has one way' });
  });

  it.each(['balance', 'fetch-dumps'] as const)('refuses %s with the reason', async (verb) => {
    expect(await omniplace(verb, file)).toMatchObject({
      code: 2,
      answer: { error: { code: 'no_expert_loads', message: 'engine toy records no expert loads' } },
    });
  });

  it('restarts one server', async () => {
    const restarted = await run('restart', 'p1', file);
    expect(stepsOf(restarted, 'run_server')).toEqual(['p1/spawn', 'p1/ready']);
    await expect.poll(states).toEqual(SERVING);
  });

  it('serves another generation, and goes back to the one before', async () => {
    await run('serve', file, '-e', 'services.toy_word=bye');
    expect(confOf(2, 'd0')).toContain('word bye\n');
    await run('rollback', file);
    expect(confOf(2, 'd0')).toContain('word hello\n');
    await expect.poll(states).toEqual(SERVING);
  });

  it('stops, and leaves nothing on the hosts with --remove', async () => {
    const stopped = await run('stop', file, '--remove');
    expect(stepsOf(stopped, 'stop_server')).toEqual(['c0/stop', 'p0/stop', 'p1/stop', 'd0/stop', 'd1/stop']);
    expect((await states())[0]).toBe('stopped');
    expect([1, 2, 3].map((host) => confOf(host, 'd0'))).toEqual([null, null, null]);
  });

  it('is asked by init for its keys and their comments', async () => {
    const machines = ['--hosts', '10.0.0.1-2', '--dies-per-host', '2', '--private-key', '/dev/null'];
    const services = ['--image', 'toy:1', '--model-path', '/m', '--engine', 'toy', '--accelerator', 'toy'];
    const { answer } = await omniplace<InitAnswer>('init', '1P1-1D1', ...machines, ...services);
    expect(answer.faults).toEqual([]);
    expect(answer.text).toContain('services:\n  engine: toy\n  accelerator: toy\n');
    expect(answer.text).toContain('  # what toys answer\n  toy_word: hello\n');
    expect(answer.text).not.toContain('one API port per die');
  });

  it.each([
    [
      'engine: toy, accelerator: cuda',
      'engine_accelerator',
      "`engine: toy` can't run with `accelerator: cuda`.",
      'accelerator: cuda',
    ],
    [
      'engine: toy-alone, accelerator: toy',
      'engine_without_router',
      'Engine toy-alone has no router, and `deployment.proxy` needs one.',
      'proxy: {host',
    ],
  ])('is refused, with the place, for %s', async (own, code, message, at) => {
    const other = cluster.toys(own, 'other.yml');
    const { answer } = await omniplace<{ readonly faults: readonly Fault[] }>('validate', other);
    const fault = answer.faults.find((each) => each.code === code);
    expect(fault?.message).toBe(message);
    expect(readFileSync(other, 'utf8').split('\n')[fault!.line! - 1]).toContain(at);
  });
});
