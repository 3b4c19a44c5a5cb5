import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, get, post, status } from './processRig.ts';
import { metricSum, VllmRig } from './vllmProcess.ts';

// more than two blocks of 16 tokens
const PROMPT = Array.from({ length: 50 }, (_, at) => `w${at}`).join(' ');
let rig: VllmRig;
let base: number;
let ports: { p0: number; d0: number; router: number };

beforeAll(async () => {
  rig = await VllmRig.make();
  base = await freePorts(12);
  ports = { p0: base, d0: base + 1, router: base + 2 };
  const servers = [
    rig.serve(serving(ports.p0, 'kv_producer'), { VLLM_NIXL_SIDE_CHANNEL_PORT: String(base + 4) }),
    rig.serve(serving(ports.d0, 'kv_consumer'), { VLLM_NIXL_SIDE_CHANNEL_PORT: String(base + 5) }),
  ];
  await Promise.all(servers.map((server) => server.says('Application startup complete.')));
  const router = rig.router([
    ...['--vllm-pd-disaggregation', '--kv-connector', 'nixl', '--host', '127.0.0.1', '--port', String(ports.router)],
    ...['--prometheus-port', String(base + 3), '--policy', 'round_robin'],
    ...['--prefill', `http://127.0.0.1:${ports.p0}`, '--decode', `http://127.0.0.1:${ports.d0}`],
  ]);
  await router.says('Starting server on');
}, 60_000);

afterAll(() => rig.down());

describe('prefill and decode of vLLM behind the router', () => {
  it('answer through both, and decode counts the tokens that came from prefill', async () => {
    const before = await metrics(ports.d0);
    const { status: code, json } = await post(ports.router, '/v1/completions', ask('a fresh one'));
    expect(code).toBe(200);
    expect(json.usage.completion_tokens).toBe(4);
    const tokens = json.usage.prompt_tokens;
    const after = await metrics(ports.d0);
    const rise = (name: string) => metricSum(after, name) - metricSum(before, name);
    expect(rise('vllm:external_prefix_cache_hits_total')).toBe(tokens);
    expect(rise('vllm:external_prefix_cache_queries_total')).toBe(tokens);
    expect(metricSum(after, 'vllm:nixl_num_failed_transfers_total')).toBe(0);
    expect(metricSum(await metrics(ports.p0), 'vllm:prompt_tokens_total')).toBe(tokens);
  });

  it('take a prompt that decode has seen from its own cache, but for the last block', async () => {
    const asked = ask('seen');
    const { json } = await post(ports.router, '/v1/completions', asked);
    const before = await metrics(ports.d0);
    await post(ports.router, '/v1/completions', asked);
    const after = await metrics(ports.d0);
    const whole = 16 * Math.floor((json.usage.prompt_tokens - 1) / 16);
    const rise = (name: string) => metricSum(after, name) - metricSum(before, name);
    expect(rise('vllm:prefix_cache_hits_total')).toBe(whole);
    expect(rise('vllm:external_prefix_cache_hits_total')).toBe(json.usage.prompt_tokens - whole);
  });

  it('answer the same where decode gets nothing from prefill', async () => {
    const asked = ask('alone');
    const direct = await post(ports.d0, '/v1/completions', asked);
    const before = metricSum(await metrics(ports.d0), 'vllm:external_prefix_cache_hits_total');
    const through = await post(ports.router, '/v1/completions', asked);
    expect(direct.json.choices[0].text).toBe(through.json.choices[0].text);
    expect(metricSum(await metrics(ports.d0), 'vllm:external_prefix_cache_hits_total')).toBeGreaterThan(before);
  });

  it('stream', async () => {
    const { text } = await post(ports.router, '/v1/chat/completions', {
      model: 'm',
      messages: [{ role: 'user', content: PROMPT }],
      max_tokens: 3,
      stream: true,
    });
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(text.match(/chat.completion.chunk/g)!.length).toBeGreaterThanOrEqual(4);
  });

  it('are listed, and know their model', async () => {
    expect((await get(ports.router, '/list_workers')).json.urls).toEqual([
      `http://127.0.0.1:${ports.p0}`,
      `http://127.0.0.1:${ports.d0}`,
    ]);
    expect((await get(ports.router, '/v1/models')).json.data[0].id).toBe('m');
    expect((await get(ports.router, '/readiness')).json.status).toBe('ready');
    expect((await get(ports.p0, '/version')).json).toEqual({ version: '0.27.1' });
    expect(await status(base + 3, '/metrics')).toBe(200);
  });

  it('answer 404 in the form of vLLM for another model', async () => {
    const { status: code, json } = await post(ports.p0, '/v1/completions', { model: 'x', prompt: 'a' });
    expect([code, json.error.type]).toEqual([404, 'NotFoundError']);
  });
});

function ask(word: string) {
  return { model: 'm', prompt: `${word} ${PROMPT}`, max_tokens: 4 };
}

async function metrics(port: number): Promise<string> {
  return (await get(port, '/metrics')).text;
}

function serving(port: number, kvRole: string): string[] {
  const kv = { kv_connector: 'NixlConnector', kv_role: kvRole, kv_load_failure_policy: 'fail' };
  return ['--port', String(port), '--tensor-parallel-size', '2', '--kv-transfer-config', JSON.stringify(kv)];
}
