import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { execCommand } from '../../../src/operations/exec/execCommand.ts';
import { exitOfMany } from '../../../src/operations/exec/execMany.ts';
import { containerProblem, type ExecEnd } from '../../../src/operations/exec/runInContainer.ts';
import { execSummary } from '../../../src/operations/exec/text.ts';
import type { Session } from '../../../src/operations/session/session.ts';
import { type RemoteHost, type RunOptions, type RunResult, TransportError } from '../../../src/transport/host.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

let stdout: string;
let stderr: string;
beforeEach(() => {
  [stdout, stderr] = ['', ''];
  const taking = (take: (text: string) => void) => (text: unknown, done?: unknown) => {
    take(String(text));
    if (typeof done === 'function') done();
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(taking((text) => (stdout += text)) as never);
  vi.spyOn(process.stderr, 'write').mockImplementation(taking((text) => (stderr += text)) as never);
});
afterEach(() => vi.restoreAllMocks());

interface Answer {
  readonly code?: number | null;
  readonly out?: string;
  readonly err?: string;
  /** What docker answers about the container. */
  readonly state?: Partial<RunResult>;
}

const done: RunResult = { code: 0, stdout: '', stderr: '', durationMs: 0, ended: 'exit' };

/** A session whose containers answer by their node's name; a node without an answer has a host that is off. */
function sessionOf(answers: Readonly<Record<string, Answer>>): Session {
  const deployment = fakeDeployment();
  const host = (address: string) =>
    ({
      address,
      run: async (script: string, options: RunOptions = {}) => {
        const node = /_([pdc]\d+)\b/.exec(script)?.[1] ?? '';
        const answer = answers[node];
        if (answer === undefined)
          throw new TransportError('unreachable', address, `can't reach ${address}`, 'is it up?');
        if (script.includes('inspect')) return { ...done, stdout: 'running\n', ...answer.state };
        if (answer.out !== undefined) await options.onChunk?.(Buffer.from(answer.out), 1);
        if (answer.err !== undefined) await options.onChunk?.(Buffer.from(answer.err), 2);
        return { ...done, code: answer.code === undefined ? 0 : answer.code };
      },
    }) as unknown as RemoteHost;
  const signal = new AbortController().signal;
  return { deployment, signal, pool: { open: async (address: string) => host(address) } } as unknown as Session;
}

const choices = (...nodes: string[]) => ({
  nodes,
  command: ['npu-smi', 'info'],
  interactive: false,
  terminal: false,
  json: false,
});

describe('exec on several nodes', () => {
  it('puts the name of its node before each line, and ends with a summary', async () => {
    const session = sessionOf({ p0: { out: 'one\ntwo' }, d0: { out: 'three\n', err: 'bad\n', code: 2 }, c0: {} });
    const { exitCode } = await execCommand(session, choices('*'));
    expect(stdout.split('\n').sort()).toEqual(['', 'd0 | three', 'p0 | one', 'p0 | two']);
    expect(stderr).toBe('d0 | bad\n3 nodes: 2 ok, 1 failed (d0: exit code 2)\n');
    expect(exitCode).toBe(3);
  });

  it('names a host that is off, and exits with 4 when nothing else failed', async () => {
    const { exitCode } = await execCommand(sessionOf({ p0: {}, c0: {} }), choices('p0', 'd0'));
    expect(stderr).toMatch(/^d0 \| can't reach \S+\n2 nodes: 1 ok, 1 failed \(d0: unreachable\)\n$/);
    expect(exitCode).toBe(4);
  });

  it('is one document with --json', async () => {
    const session = sessionOf({ p0: { out: 'one\n' }, d0: { code: 1, state: { stdout: 'exited\n' } } });
    const { answer, exitCode } = await execCommand(session, { ...choices('p0', 'd0'), json: true });
    expect([stdout, stderr, exitCode]).toEqual(['', '', 3]);
    expect(answer).toMatchObject({
      ok: 1,
      failed: 1,
      nodes: [
        { node: 'p0', code: 0, problem: null, stdout: 'one\n', stderr: '', cut: false },
        { node: 'd0', code: null, problem: expect.stringMatching(/^can't run in \S+_d0 on \S+: it is exited$/) },
      ],
    });
  });

  it('refuses -i and -t', async () => {
    await expect(execCommand(sessionOf({}), { ...choices('p0', 'd0'), interactive: true })).rejects.toMatchObject({
      code: 'bad_usage',
      message: '-i and -t work with one node, and p0 d0 selects p0, d0.',
    });
  });
});

describe('exec on one node', () => {
  it('passes on output and exit code as they are', async () => {
    const session = sessionOf({ d0: { out: 'a', err: 'b', code: 5 } });
    expect((await execCommand(session, choices('d0'))).exitCode).toBe(5);
    expect([stdout, stderr]).toEqual(['a', 'b']);
  });

  it('passes on the code 1 of a command that ran', async () => {
    expect((await execCommand(sessionOf({ d0: { code: 1 } }), choices('d0'))).exitCode).toBe(1);
  });

  it('reports a container that does not run, with exit code 3', async () => {
    const state = { code: 1, stdout: '', stderr: 'Error: No such container: x\n' };
    await expect(execCommand(sessionOf({ d0: { code: 1, state } }), choices('d0'))).rejects.toMatchObject({
      code: 'no_container',
      message: expect.stringMatching(/^can't run in \S+_d0 on \S+: there is no such container$/),
      exitCode: 3,
    });
  });

  it('reports a host that is off as such', async () => {
    await expect(execCommand(sessionOf({}), choices('d0'))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('names the nodes when none is given', async () => {
    await expect(execCommand(sessionOf({}), choices())).rejects.toMatchObject({
      message: 'No node was given.',
      hint: "There are p0, d0, c0; '*' is all of them.",
    });
  });
});

describe('the exit code of several commands', () => {
  const off = { kind: 'unreachable', error: new TransportError('unreachable', 'x', 'off', null) } as const;
  const exit = (code: number): ExecEnd => ({ kind: 'exit', code });
  it.each<[string, ExecEnd[], number]>([
    ['0 when all succeeded', [exit(0), exit(0)], 0],
    ['3 when one failed', [exit(0), exit(9), off], 3],
    ['3 when one had no container', [{ kind: 'no-container', problem: 'x' }, off], 3],
    ['4 when only unreachable hosts failed', [exit(0), off], 4],
    ['130 when it was interrupted', [exit(1), { kind: 'interrupted' }, off], 130],
  ])('is %s', (_, ends, code) => {
    expect(exitOfMany(ends)).toBe(code);
  });
});

describe('the summary', () => {
  it('puts nodes that ended alike together', () => {
    const end = { kind: 'exit', code: 2 } as const;
    expect(
      execSummary([
        { node: 'p0', end },
        { node: 'd1', end },
        { node: 'd0', end: { kind: 'interrupted' } },
      ]),
    ).toBe('3 nodes: 0 ok, 3 failed (p0, d1: exit code 2; d0: interrupted)');
  });
});

describe('a container', () => {
  it('that runs has no problem', () => expect(containerProblem({ ...done, stdout: 'running\n' })).toBeNull());
  it('on a host whose docker is stopped has the words of docker', () => {
    const stderr =
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n';
    expect(containerProblem({ ...done, code: 1, stderr })).toBe(stderr.trim());
  });
  it('on a host whose docker hangs has no answer', () => {
    expect(containerProblem({ ...done, code: null, ended: 'deadline' })).toBe('docker did not answer within 10 s');
  });
});

describe('the command that exec runs', () => {
  const scriptOf = async (more: object) => {
    const scripts: string[] = [];
    const session = sessionOf({ d0: {} });
    const { open } = session.pool;
    const noting = async (address: string) => {
      const host = await (open as (address: string) => Promise<RemoteHost>)(address);
      const run: RemoteHost['run'] = (script, options) => {
        scripts.push(script);
        return host.run(script, options);
      };
      return { ...host, run };
    };
    const pool = { open: noting } as unknown as Session['pool'];
    await execCommand({ ...session, pool }, { ...choices('d0'), ...more });
    return scripts.find((script) => script.includes('npu-smi'))!;
  };

  it('gets the environment of servers, unless it is left out', async () => {
    expect(await scriptOf({})).toMatch(/ bash -c '.*\. ~\/\.bashrc.*exec "\$@"' bash npu-smi info$/);
    expect(await scriptOf({ bare: true })).toMatch(/ omniplace_decode_d0 npu-smi info$/);
  });
});
