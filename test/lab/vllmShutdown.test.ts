import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePorts, post, type Running, status, until } from './processRig.ts';
import { VllmRig } from './vllmProcess.ts';

let rig: VllmRig;
let port: number;

beforeAll(async () => {
  rig = await VllmRig.make('v0.27.1', 2);
});
afterAll(() => rig.down());
beforeEach(async () => {
  port = await freePorts(1);
});

/** A server, and a request that takes some 1.5 s of it. */
async function busy(timeoutS: number | null) {
  const limit = timeoutS === null ? [] : ['--shutdown-timeout', String(timeoutS)];
  const server = rig.serve(['--port', String(port), '-tp', '2', ...limit], { LAB_TOKEN_MS: '50' });
  await server.says('Application startup complete.');
  const answer = post(port, '/v1/completions', { prompt: 'a', max_tokens: 30, ignore_eos: true });
  answer.catch(() => undefined);
  await until(async () => (await running()) === 1);
  return { server, answer };
}

async function running(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^vllm:num_requests_running\{.*\} (.*)$/m.exec(text)?.[1]);
}

const reason = (answer: { json: { choices: { finish_reason: string }[] } }) => answer.json.choices[0]!.finish_reason;

it('a stop aborts requests unless a time is given', async () => {
  const { server, answer } = await busy(null);
  server.kill('SIGTERM');
  expect(reason(await answer)).toBe('abort');
  expect(await server.exit).toBe(0);
  expect(server.output).toContain('stopping engine client mode=abort timeout=0s');
});

it('a stop lets requests end within its time, and ends new ones at once', async () => {
  const { server, answer } = await busy(10);
  server.kill('SIGTERM');
  await server.says('mode=drain timeout=10s');
  expect(reason(await post(port, '/v1/completions', { prompt: 'b', max_tokens: 5 }))).toBe('abort');
  expect(reason(await answer)).toBe('length');
  expect(await server.exit).toBe(0);
});

it('a stop aborts requests that take longer than its time', async () => {
  const { server, answer } = await busy(1);
  server.kill('SIGTERM');
  expect(reason(await answer)).toBe('abort');
  expect(await server.exit).toBe(0);
});

it('a signal to a worker ends the engine with the requests that it had', async () => {
  const { server, answer } = await busy(10);
  expect(workersOf(server).map(({ name }) => name)).toEqual([
    'VLLM::EngineCore_DP0',
    'VLLM::Worker_DP0_TP0',
    'VLLM::Worker_DP0_TP1',
  ]);
  process.kill(workersOf(server).at(-1)!.pid, 'SIGTERM');
  await server.says('Worker_DP0_TP1 died unexpectedly');
  expect(await status(port)).not.toBe(200);
  expect(await server.exit).toBe(1);
  await answer.catch(() => undefined);
});

function workersOf({ pid }: Running) {
  const listed = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid=,args='], { encoding: 'utf8' });
  return listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([number, name]) => ({ pid: Number(number), name }));
}
