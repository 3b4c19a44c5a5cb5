import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePorts, get, post, type Running } from './processRig.ts';
import { metricSum, VllmRig } from './vllmProcess.ts';

const PROMPT = Array.from({ length: 50 }, (_, at) => `w${at}`).join(' ');
const HITS = 'vllm:external_prefix_cache_hits_total';

let rig: VllmRig;
let ports: { p: number; d: number; router: number; metrics: number; side: number };
let started: Running[] = [];

beforeAll(async () => {
  rig = await VllmRig.make('v0.27.1', 2);
});
afterAll(() => rig.down());
beforeEach(async () => {
  const base = await freePorts(8);
  ports = { p: base, d: base + 1, router: base + 2, metrics: base + 3, side: base + 4 };
});
afterEach(async () => {
  for (const one of started) one.killAll('SIGKILL');
  await Promise.all(started.map(({ exit }) => exit));
  started = [];
});

interface Side {
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly kv?: object;
}

async function pair(connector: string, prefill: Side = {}, decode: Side = {}): Promise<readonly [Running, Running]> {
  const one = (port: number, role: string, { argv = [], env = {}, kv = {} }: Side) => {
    const json = JSON.stringify({ kv_connector: connector, kv_role: role, ...kv });
    const side = {
      VLLM_NIXL_SIDE_CHANNEL_PORT: String(port + 4),
      VLLM_MOONCAKE_BOOTSTRAP_PORT: String(ports.side + 2),
    };
    return rig.serve(['--port', String(port), '--kv-transfer-config', json, ...argv], { ...side, ...env });
  };
  const d = one(ports.d, 'kv_consumer', decode);
  started.push(d);
  if (connector === 'LMCacheConnectorV1') await d.says('Application startup complete.');
  const p = one(ports.p, 'kv_producer', prefill);
  started.push(p);
  await Promise.all([p, d].map((server) => server.says('Application startup complete.')));
  return [p, d];
}

function lmcachePair(seed: string): Promise<readonly [Running, Running]> {
  const file = (role: string, keys: string) =>
    rig.write(
      `${role}.yaml`,
      `local_cpu: false\nenable_pd: true\npd_role: ${role}\ntransfer_channel: nixl\npd_buffer_size: 1024\npd_buffer_device: cuda\n${keys}`,
    );
  const peer = `pd_peer_host: "127.0.0.1"\npd_peer_init_port: [${ports.side}]\npd_peer_alloc_port: [${ports.side + 1}]\n`;
  const proxy = `pd_proxy_host: "127.0.0.1"\npd_proxy_port: 7500\n`;
  return pair(
    'LMCacheConnectorV1',
    { env: { LMCACHE_CONFIG_FILE: file('sender', proxy), PYTHONHASHSEED: '0' } },
    { env: { LMCACHE_CONFIG_FILE: file('receiver', peer), PYTHONHASHSEED: seed } },
  );
}

async function route(kind: 'nixl' | 'mooncake'): Promise<void> {
  const bootstrap = kind === 'mooncake' ? [String(ports.side + 2)] : [];
  const router = rig.router([
    ...['--vllm-pd-disaggregation', '--kv-connector', kind, '--port', String(ports.router)],
    ...['--prometheus-port', String(ports.metrics), '--disable-retries'],
    ...['--prefill', `http://127.0.0.1:${ports.p}`, ...bootstrap, '--decode', `http://127.0.0.1:${ports.d}`],
  ]);
  started.push(router);
  await router.says('Starting server on');
}

const ask = (port = ports.router) => post(port, '/v1/completions', { prompt: PROMPT, max_tokens: 3 });
const metric = async (port: number, name: string) => metricSum((await get(port, '/metrics')).text, name);

describe('a KV cache', () => {
  it('moves by NIXL, and prefill keeps it no longer once it is read', async () => {
    await pair('NixlConnector');
    await route('nixl');
    const { json } = await ask();
    expect(await metric(ports.d, HITS)).toBe(json.usage.prompt_tokens);
    expect(await metric(ports.p, 'vllm:kv_cache_usage_perc')).toBe(0);
  });

  it('is described by the fields that vLLM’s answer has', async () => {
    await pair('NixlConnector');
    const params = { do_remote_decode: true, do_remote_prefill: false };
    const { json } = await post(ports.p, '/v1/completions', {
      prompt: PROMPT,
      max_tokens: 1,
      kv_transfer_params: params,
    });
    expect(json.kv_transfer_params).toEqual({
      do_remote_prefill: true,
      do_remote_decode: false,
      remote_block_ids: [expect.arrayContaining([1, 2, 3])],
      remote_engine_id: expect.stringMatching(/_dp0$/),
      remote_request_id: expect.stringMatching(/^cmpl-/),
      remote_host: '127.0.0.1',
      remote_port: ports.p + 4,
      tp_size: 1,
      remote_num_tokens: json.usage.prompt_tokens,
      remote_blocks_expiry_time: null,
    });
    expect((await ask(ports.p)).json.kv_transfer_params).toBeNull();
  });

  it('of another dtype fails the request', async () => {
    const [, decode] = await pair('NixlConnector', { argv: ['--kv-cache-dtype', 'fp8'] });
    await route('nixl');
    expect((await ask()).status).toBe(500);
    expect(decode.output).toContain('NIXL compatibility hash mismatch');
    expect(await metric(ports.d, 'vllm:nixl_num_failed_transfers_total')).toBe(1);
  });

  it('of another dtype is computed again where the policy is that, which only the log and a counter show', async () => {
    const again = { kv: { kv_load_failure_policy: 'recompute' } };
    await pair('NixlConnector', { argv: ['--kv-cache-dtype', 'fp8'] }, again);
    await route('nixl');
    expect((await ask()).status).toBe(200);
    expect(await metric(ports.d, HITS)).toBe(0);
  });

  it.each(['prefill', 'decode'])(
    'stays where it is when the lab is set so for %s, and every request is answered',
    async (who) => {
      const off = { env: { LAB_KV_TRANSFER: '0' } };
      await pair('NixlConnector', who === 'prefill' ? off : {}, who === 'decode' ? off : {});
      await route('nixl');
      expect((await ask()).status).toBe(200);
      expect(await metric(ports.d, HITS)).toBe(0);
    },
  );

  it('that is asked for without blocks ends the engine of decode', async () => {
    const [, decode] = await pair('NixlConnector');
    const params = { do_remote_prefill: true, do_remote_decode: false };
    const { status } = await post(ports.d, '/v1/completions', { prompt: PROMPT, kv_transfer_params: params });
    expect(status).toBe(500);
    expect(await decode.exit).toBe(1);
    expect(decode.output).toContain('AssertionError: num_external_tokens == 0');
  });

  it('moves by Mooncake, whose bootstrap lists the engines', async () => {
    await pair('MooncakeConnector');
    await route('mooncake');
    const { json } = await ask();
    expect(await metric(ports.d, HITS)).toBe(json.usage.prompt_tokens);
    const engines = (await get(ports.side + 2, '/query')).json;
    expect(engines['0'].engine_id).toMatch(/_dp0$/);
    expect(engines['0'].worker_addr['0']['0']).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  });

  it('in the wrong direction ends an engine of Mooncake', async () => {
    const [prefill] = await pair('MooncakeConnector');
    const params = {
      do_remote_prefill: true,
      remote_engine_id: 'x',
      remote_bootstrap_addr: 'http://x',
      transfer_id: 'y',
    };
    await post(ports.p, '/v1/completions', { prompt: PROMPT, kv_transfer_params: params });
    expect(await prefill.exit).toBe(1);
    expect(prefill.output).toContain('AssertionError: not self.is_kv_producer');
  });

  it.each([
    ['moves by LMCache', '0', true],
    ['does not move by LMCache with another PYTHONHASHSEED', '1', false],
  ])('%s', async (_, seed, moves) => {
    await lmcachePair(seed);
    const spec = { req_id: '1', receiver_host: '127.0.0.1', receiver_init_port: [ports.side] };
    await post(ports.p, '/v1/completions', {
      prompt: PROMPT,
      max_tokens: 1,
      kv_transfer_params: { disagg_spec: { ...spec, receiver_alloc_port: [ports.side + 1] } },
    });
    const { json } = await ask(ports.d);
    expect(await metric(ports.d, HITS)).toBe(moves ? json.usage.prompt_tokens : 0);
  });

  it('of LMCache ends prefill where the request names no receiver', async () => {
    const [prefill] = await lmcachePair('0');
    await ask(ports.p);
    expect(await prefill.exit).toBe(1);
    expect(prefill.output).toContain("'NoneType' object has no attribute 'num_transferred_tokens'");
  });

  it('of LMCache is not set up by the keys before 0.3.9', async () => {
    const text = 'local_cpu: false\nmax_local_cpu_size: 0\nenable_nixl: true\nnixl_role: receiver\n';
    const json = JSON.stringify({ kv_connector: 'LMCacheConnectorV1', kv_role: 'kv_consumer' });
    const env = { LMCACHE_CONFIG_FILE: rig.write('old.yaml', text) };
    const d = rig.serve(['--port', String(ports.d), '--kv-transfer-config', json], env);
    started.push(d);
    expect(await d.exit).toBe(1);
    expect(d.output).toContain('Unknown configuration key: enable_nixl');
    expect(d.output).toContain('ValueError: both buffer length (0) and count (-1) must not be 0');
  });
});
