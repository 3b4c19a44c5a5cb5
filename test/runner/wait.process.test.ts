import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Step, StepResult, WaitCondition } from '../../src/plan/step.ts';
import { waitedWords } from '../../src/runner/actions/wait.ts';
import { runPlan } from '../../src/runner/run.ts';
import type { RemoteHost, RunOptions } from '../../src/transport/host.ts';
import { freePort } from '../fakes/freePort.ts';
import { keyedServer } from '../fakes/keyedServer.ts';
import { LocalHost } from '../fakes/localHost.ts';

let folder: string;
let server: ChildProcess;
let port: number;
const generation = `test-${process.pid}`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-wait-'));
  writeFileSync(join(folder, 'server.log'), 'loading\nlayer 3 of 61\n');
  server = spawn('sleep', ['60'], { env: { ...process.env, OMNIPLACE_GENERATION: generation } });
  port = await freePort();
});
afterEach(() => {
  server.kill();
  rmSync(folder, { recursive: true });
});

describe('a wait at its deadline', () => {
  it('says what it waited for and how the logs end', async () => {
    const { status, message, output, durationMs } = await waited(new LocalHost('here'));
    expect([status, message, output]).toEqual([
      'failed',
      `not ready within 1 s: waiting for rank 0 (port ${port}): does not listen; log: layer 3 of 61`,
      ['server.log: loading', 'server.log: layer 3 of 61'],
    ]);
    // the deadline is 1 s, the next limit 60 s
    expect(durationMs).toBeLessThan(30_000);
  });

  it('says so too when the host hangs', async () => {
    const local = new LocalHost('here');
    const hanging = (script: string, options?: RunOptions) =>
      local.run(script.includes('/proc/net/tcp') ? 'sleep 60' : script, options);
    const host = new Proxy(local, { get: (of, key) => (key === 'run' ? hanging : Reflect.get(of, key)) });
    expect(await waited(host)).toMatchObject({
      status: 'failed',
      message: 'not ready within 1 s: the host has not answered yet',
      output: ['server.log: loading', 'server.log: layer 3 of 61'],
    });
  });
});

describe('a wait that succeeds', () => {
  it('leaves on the host what became ready, and how long that took', async () => {
    const marks = { joined: join(folder, 'joined'), marker: join(folder, 'ready'), took: join(folder, 'took') };
    writeFileSync(marks.joined, '');
    const { status, message } = await waited(new LocalHost('here'), [], { probes: [], ...marks });
    expect([status, message]).toEqual(['changed', expect.stringMatching(/^ready after \d+\.\d s$/)]);
    expect(readFileSync(marks.marker, 'utf8')).toBe(generation);
    expect(readFileSync(marks.took, 'utf8')).toMatch(/^\d+\.\d$/);
  });
});

describe('a wait for a server with a key', () => {
  it.each([401, 403])('takes its answer %i for one that is ready', async (denial) => {
    const keyed = await keyedServer('k-7', denial);
    const probes = [{ of: 'proxy', host: '10.0.0.1', port: keyed.port, path: '/v1/models' }];
    const { status, message } = await waited(new LocalHost('here'), [], { probes });
    expect([status, message]).toEqual(['changed', expect.stringMatching(/^ready after/)]);
    await keyed.close();
  });
});

describe('what a wait shows', () => {
  it.each([
    [80_000, 245, 0.257, '1 min 20 s (the last start took 4 min 05 s), loaded 25 %'],
    [4_400, undefined, null, '4 s'],
  ])('is the time, that of the last start, and how far loading is', (waitedMs, lastS, loaded, words) => {
    expect(waitedWords(waitedMs, lastS, loaded)).toBe(words);
  });
});

describe('a wait for a server whose launcher ended', () => {
  it('fails although the exit code is 0, and shows what the launcher printed first and last', async () => {
    const help = Array.from({ length: 70 }, (_, i) => `  --option-${i}`);
    writeFileSync(join(folder, 'server.log'), ['Unknown option: --old', 'Usage: run.sh', ...help].join('\n'));
    writeFileSync(join(folder, 'exit'), '0\n');
    expect(await waited(new LocalHost('here'))).toMatchObject({
      status: 'failed',
      message: 'the server ended before it was ready: Unknown option: --old (exit code 0)',
      exitCode: 0,
      output: [
        'server.log: Unknown option: --old',
        'server.log: Usage: run.sh',
        'server.log:   --option-0',
        'server.log:   --option-1',
        'server.log: ...',
        ...help.slice(-12).map((line) => `server.log: ${line}`),
      ],
    });
  });

  it('shows its lines whole when they are few, next to those of many servers', async () => {
    writeFileSync(join(folder, 'exit'), '0\n');
    const servers = Array.from({ length: 16 }, (_, i) => join(folder, `server_${i}.log`));
    for (const log of servers) writeFileSync(log, 'a line\n\n'.repeat(12));
    const { output } = await waited(new LocalHost('here'), servers);
    expect(output.slice(0, 2)).toEqual(['server.log: loading', 'server.log: layer 3 of 61']);
    expect(output).toHaveLength(60);
    expect(output.at(-1)).toMatch(/^server_15\.log: /);
  });
});

async function waited(
  host: RemoteHost,
  serverLogs: readonly string[] = [],
  more: Partial<WaitCondition> = {},
): Promise<StepResult> {
  const step: Step = {
    id: 'run_server/p0/wait',
    tag: 'run_server',
    node: 'p0',
    host: 'here',
    title: 'wait',
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: {
      kind: 'wait',
      showing: 'ready',
      until: {
        probes: [{ of: 'rank 0', host: '10.0.0.1', port, path: '/health' }],
        ports: [],
        joined: null,
        process: { node: 'c/p0', generation },
        runFolder: folder,
        logs: [join(folder, 'server.log'), ...serverLogs],
        noProgressMs: 60_000,
        marker: null,
        ...more,
      },
    },
    deadlineMs: 1_000,
    disruptive: false,
  };
  const [result] = await runPlan(
    { cluster: 'c', digest: 'd', generation, steps: [step] },
    {
      open: async () => host,
      emit: () => {},
      journal: { begin: async () => {}, end: async () => {} },
      signal: new AbortController().signal,
      nowMs: () => performance.now(),
      forks: 1,
      policy: { onFailure: 'stop', maxFail: 0 },
    },
  );
  if (!result) throw new Error('no result');
  return result;
}
