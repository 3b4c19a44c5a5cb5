import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePorts, get, post, type Running, status, until } from './processRig.ts';
import { VllmRig } from './vllmProcess.ts';

const RANKS = ['0', '1', '2', '3'];

let rig: VllmRig;
let port: number;
let started: Running[] = [];

beforeAll(async () => {
  rig = await VllmRig.make('v0.27.1', 4);
});
afterAll(() => rig.down());
beforeEach(async () => {
  port = await freePorts(3);
});
afterEach(async () => {
  for (const one of started) one.killAll('SIGKILL');
  await Promise.all(started.map(({ exit }) => exit));
  started = [];
});

function serve(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const one = rig.serve(argv, env);
  started.push(one);
  return one;
}

const size = (local: number) => ['-dp', '4', '-dpl', String(local), '-dpa', '127.0.0.1', '-dpp', String(port + 1)];
const head = (...more: string[]) => serve(['--port', String(port), ...size(2), ...more]);
const headless = (...more: string[]) => serve([...size(2), '--data-parallel-start-rank', '2', '--headless', ...more]);

describe('ranks of an instance', () => {
  it('meet, and the first process answers for those of a headless one', async () => {
    const [first, second] = [head(), headless()];
    await first.says('Application startup complete.');
    await second.says('headless: all ranks of the instance are there');
    for (const rank of RANKS) {
      const asked = { prompt: 'a b c', max_tokens: 2 };
      expect((await post(port, '/v1/completions', asked, { 'x-data-parallel-rank': rank })).status).toBe(200);
    }
    const { text } = await get(port, '/metrics');
    for (const rank of RANKS) {
      expect(text).toMatch(new RegExp(`^vllm:prompt_tokens_total\\{engine="${rank}",model_name="m"\\} [1-9]`, 'm'));
    }
  });

  it('are not ready before all of them have come', async () => {
    const first = head();
    await first.says('Loading weights took');
    expect(await status(port)).toBe(0);
    headless();
    await until(async () => (await status(port)) === 200);
  });

  it('end where their parallel settings differ', async () => {
    const first = head();
    headless('--all2all-backend', 'deepep_low_latency');
    expect(await first.exit).toBe(1);
    expect(first.output).toMatch(
      /Configuration mismatch detected for engine [23]\. All DP workers must have identical/,
    );
  });

  it('end where one comes that has an API server, with internal load balancing', async () => {
    const first = head();
    const second = serve(['--port', String(port + 2), ...size(2), '--data-parallel-start-rank', '2']);
    expect(await first.exit).toBe(1);
    expect(first.output).toContain('must use --headless unless in external or hybrid dp lb mode');
    expect(second.output).toContain('data_parallel_hybrid_lb is inferred from data_parallel_start_rank');
  });

  it('end where one comes headless, with hybrid load balancing', async () => {
    const first = head('--data-parallel-start-rank', '0', '--data-parallel-hybrid-lb');
    headless();
    expect(await first.exit).toBe(1);
    expect(first.output).toContain('must not use --headless in external or hybrid dp lb mode');
  });

  it('have an API server on each host with hybrid load balancing', async () => {
    const hybrid = ['--data-parallel-hybrid-lb'];
    const first = head('--data-parallel-start-rank', '0', ...hybrid);
    const second = serve(['--port', String(port + 2), ...size(2), '--data-parallel-start-rank', '2', ...hybrid]);
    await Promise.all([first, second].map((one) => one.says('Application startup complete.')));
    await post(port + 2, '/v1/completions', { prompt: 'a', max_tokens: 1 });
    const { text } = await get(port + 2, '/metrics');
    expect(text).toMatch(/^vllm:prompt_tokens_total\{engine="[23]",model_name="m"\} 1\.0/m);
    expect(text).not.toContain('engine="0"');
  });

  it('end when one of another process is gone', async () => {
    const [first, second] = [head(), headless()];
    await first.says('Application startup complete.');
    second.killAll('SIGKILL');
    expect(await first.exit).toBe(1);
    expect(first.output).toMatch(/RuntimeError: engine [23] is gone: Connection closed by peer/);
  });

  it('give up where the first process never comes', async () => {
    const second = serve([...size(2), '--data-parallel-start-rank', '2', '--headless'], { LAB_HANDSHAKE_S: '1' });
    expect(await second.exit).toBe(1);
    expect(second.output).toContain('Did not receive response from front-end process');
  });
});

describe('a rank over several nodes', () => {
  const node = (rank: number, ...more: string[]) =>
    serve([
      ...['-tp', '4', '--nnodes', '2', '--node-rank', String(rank), '--distributed-executor-backend', 'mp'],
      ...['--master-addr', '127.0.0.1', '--master-port', String(port + 1), ...more],
    ]);

  it('serves once all of them are there, and ends with any of them', async () => {
    const first = node(0, '--port', String(port));
    const second = node(1, '--headless');
    await first.says('Application startup complete.');
    expect((await post(port, '/v1/completions', { prompt: 'a', max_tokens: 1 })).status).toBe(200);
    second.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await first.exit).toBe(1);
    expect(first.output).toContain('node 1 is gone: Connection closed by peer');
  });
});

describe('ports', () => {
  const nixl = ['--kv-transfer-config', '{"kv_connector":"NixlConnector","kv_role":"kv_producer"}'];

  it('of side channels collide as soon as ranks of two servers overlap', async () => {
    const first = serve(['--port', String(port), '-dp', '2', ...nixl], {
      VLLM_NIXL_SIDE_CHANNEL_PORT: String(port + 1),
    });
    await first.says('Application startup complete.');
    const second = serve(['--port', String(await freePorts(1)), ...nixl], {
      VLLM_NIXL_SIDE_CHANNEL_PORT: String(port + 2),
    });
    expect(await second.exit).toBe(1);
    expect(second.output).toContain(`ZMQError: Address already in use (addr='tcp://127.0.0.1:${port + 2}')`);
  });

  it('of a side channel must be of this host', async () => {
    const server = serve(['--port', String(port), ...nixl], { VLLM_NIXL_SIDE_CHANNEL_HOST: '192.0.2.1' });
    expect(await server.exit).toBe(1);
    expect(server.output).toContain('ZMQError: Cannot assign requested address');
  });

  it('of an API that is taken end the server', async () => {
    const first = serve(['--port', String(port)]);
    await first.says('Application startup complete.');
    const second = serve(['--port', String(port)]);
    expect(await second.exit).toBe(1);
    expect(second.output).toContain('Address already in use');
  });
});
