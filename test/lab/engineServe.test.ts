import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pausing } from '../../src/engines/omni/proxy/pausing.ts';
import { globalProxyScript } from '../../src/lab/engines/omni/dialects/globalProxy.ts';
import { nodePaths } from '../../src/topology/paths.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, get, post, type Running, status, until } from './processRig.ts';

// p0 on dies 0,1; d0 on dies 2,3 (two ranks); the proxy; and p9, a prefill instance of another cluster
let rig: EngineRig;
let base: number;
let ports: { p0: number; d0: number; d1: number; proxy: number; foreign: number; alone: number };
let prefill: Running;

beforeAll(async () => {
  rig = await EngineRig.make();
  base = await freePorts(10);
  ports = { p0: base, d0: base + 1, d1: base + 2, proxy: base + 3, foreign: base + 4, alone: base + 5 };
  const tables = rig.writeRankTables('ours', [
    [0, 1],
    [2, 3],
  ]);
  const others = rig.writeRankTables('theirs', [
    [0, 1],
    [3, 2],
  ]);
  prefill = rig.startRank(serving(ports.p0, 'kv_producer', 0, 2), {
    ...tablesEnv(tables.local[0]!, tables.global),
    ASCEND_RT_VISIBLE_DEVICES: '0,1',
    VLLM_LLMDATADIST_ZMQ_PORT: String(base + 8),
  });
  const decode = [0, 1].map((rank) =>
    rig.startRank(serving(base + 1 + rank, 'kv_consumer', 1, 1), {
      ...tablesEnv(tables.local[1]!, tables.global),
      ASCEND_RT_VISIBLE_DEVICES: '2,3',
      VLLM_DP_SIZE: '2',
      VLLM_DP_RANK: String(rank),
      VLLM_DP_MASTER_IP: '127.0.0.1',
      VLLM_DP_MASTER_PORT: String(base + 7),
    }),
  );
  const foreign = rig.startRank(serving(ports.foreign, 'kv_producer', 0, 2), {
    ...tablesEnv(others.local[0]!, others.global),
    ASCEND_RT_VISIBLE_DEVICES: '0,1',
    VLLM_LLMDATADIST_ZMQ_PORT: String(base + 9),
  });
  await Promise.all([prefill, ...decode, foreign].map((one) => one.says('Application startup complete.')));
  const proxy = rig.start(
    'bash',
    [
      rig.write('global_proxy.sh', globalProxyScript('v0.6')),
      ...['--nginx-conf-file', `${rig.folder}/nginx/conf/nginx.conf`, '--log-file', `${rig.folder}/nginx_error.log`],
      ...['--listen-port', String(ports.proxy), '--prefill-servers-list', `127.0.0.1:${ports.p0}`],
      ...['--decode-servers-list', `127.0.0.1:${ports.d0},127.0.0.1:${ports.d1}`],
    ],
    { OMNIPLACE_NODE: 'lab/c0' },
    process.cwd(),
  );
  expect(await proxy.exit).toBe(0);
}, 60_000);

afterAll(async () => {
  const stop = rig.start(
    'bash',
    [`${rig.folder}/global_proxy.sh`, '--nginx-conf-file', `${rig.folder}/nginx/conf/nginx.conf`, '--stop'],
    {},
    process.cwd(),
  );
  await stop.exit;
  await rig.down();
});

describe('a prefill and a decode instance behind the proxy', () => {
  it('answers a completion through prefill and decode, the same each time', async () => {
    const ask = { model: 'deepseek', prompt: 'Alice is ', max_tokens: 5 };
    const first = await post(ports.proxy, '/v1/completions', ask);
    const again = await post(ports.proxy, '/v1/completions', ask);
    expect(first.status).toBe(200);
    expect(first.json.choices[0].text.trim().split(' ')).toHaveLength(5);
    expect(first.json.choices[0].finish_reason).toBe('length');
    expect(first.json.usage).toEqual({ prompt_tokens: 4, total_tokens: 9, completion_tokens: 5 });
    expect(again.json.choices[0].text).toBe(first.json.choices[0].text);
  });

  it('answers a chat and ends it by itself', async () => {
    const { json } = await post(ports.proxy, '/v1/chat/completions', {
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(json.object).toBe('chat.completion');
    expect(json.choices[0].message.role).toBe('assistant');
    expect(json.choices[0].finish_reason).toBe('stop');
  });

  it('streams one event per token, the usage when asked, and the closing word', async () => {
    const ask = { prompt: 'count', max_tokens: 3, stream: true, stream_options: { include_usage: true } };
    const { text } = await post(ports.proxy, '/v1/completions', ask);
    const events = text
      .trim()
      .split('\n\n')
      .map((event) => event.replace(/^data: /, ''));
    expect(events.at(-1)).toBe('[DONE]');
    const documents = events.slice(0, -1).map((event) => JSON.parse(event));
    expect(documents.map((one) => one.choices.length)).toEqual([1, 1, 1, 1, 0]);
    expect(documents[3].choices[0].finish_reason).toBe('length');
    expect(documents[4].usage).toEqual({ prompt_tokens: 2, total_tokens: 5, completion_tokens: 3 });
    const whole = await post(ports.proxy, '/v1/completions', { prompt: 'count', max_tokens: 3 });
    expect(
      documents
        .slice(0, 3)
        .map((one) => one.choices[0].text)
        .join(''),
    ).toBe(whole.json.choices[0].text);
  });

  it('sends other paths under /v1 to prefill and knows no others', async () => {
    const models = await get(ports.proxy, '/v1/models');
    expect(models.json.data.map((model: { id: string }) => model.id)).toEqual(['deepseek']);
    expect(await status(ports.proxy, '/health')).toBe(404);
  });

  it('answers 404 for a model it does not serve', async () => {
    const { status, json } = await post(ports.proxy, '/v1/completions', { model: '/data/models/x', prompt: 'a' });
    expect(status).toBe(404);
    expect(json.message).toBe('The model `/data/models/x` does not exist.');
  });

  it('refuses a request that went past prefill', async () => {
    const { status, json } = await post(ports.d0, '/v1/completions', { prompt: 'a' });
    expect(status).toBe(400);
    expect(json.message).toBe(
      'kv_transfer_params of a prefill instance are missing: this is a decode instance, ask the proxy.',
    );
  });

  it('refuses the KV cache of a prefill instance of another rank table', async () => {
    const foreign = await post(ports.foreign, '/v1/completions', { prompt: 'a', max_tokens: 1 });
    const handle = foreign.json.kv_transfer_params;
    const { status, json } = await post(ports.d0, '/v1/completions', { prompt: 'a', kv_transfer_params: handle });
    expect(status).toBe(400);
    expect(json.message).toBe(
      "kv_transfer_params come from a prefill instance of another global rank table than this decode rank's.",
    );
  });

  it('gives a KV cache once, and only for its own prompt', async () => {
    const kept = async () =>
      (await post(ports.p0, '/v1/completions', { prompt: 'mine', max_tokens: 1 })).json.kv_transfer_params;
    const handle = await kept();
    expect((await post(ports.d1, '/v1/completions', { prompt: 'mine', kv_transfer_params: handle })).status).toBe(200);
    const again = await post(ports.d1, '/v1/completions', { prompt: 'mine', kv_transfer_params: handle });
    expect(again.json.message).toMatch(/refused the KV cache: no KV cache is kept for request cmpl-/);
    const other = await post(ports.d1, '/v1/completions', { prompt: 'yours', kv_transfer_params: await kept() });
    expect(other.json.message).toBe('the KV cache belongs to another prompt than this request.');
  });

  it('answers 400 for a request without a prompt, or longer than the context', async () => {
    expect((await post(ports.proxy, '/v1/completions', '{')).json.message).toMatch(/^JSON decode error/);
    expect((await post(ports.proxy, '/v1/completions', {})).status).toBe(400);
    const long = await post(ports.p0, '/v1/completions', { prompt: 'a', max_tokens: 1024 });
    expect(long.json.message).toMatch(
      /^This model's maximum context length is 1024 tokens. However, you requested 1025 tokens/,
    );
  });

  it('counts what it did', async () => {
    const { text } = await get(ports.p0, '/metrics');
    expect(text).toMatch(/^vllm:prompt_tokens_total\{model_name="deepseek"\} [1-9]/m);
    expect(text).toMatch(/^omniplace_lab_par [1-9]/m);
    const decode = await get(ports.d0, '/metrics');
    expect(decode.text).toMatch(
      /omniplace_lab_slot_tokens_total\{scope="instance",source="0",layer="1",rank="1",slot="3",expert="7"\} \d+/,
    );
    expect((await get(ports.d1, '/metrics')).text).not.toMatch(/^omniplace_lab_par/m);
  });
});

describe('the proxy in the background', () => {
  it('keeps the marker in its environment', () => {
    const pid = rig.read('nginx/logs/nginx.pid').trim();
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain('OMNIPLACE_NODE=lab/c0');
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toMatch(/^nginx/);
  });

  it('leaves a server out at a reload, closes its connections to it, and takes it in again', async () => {
    const ask = async () => (await post(ports.proxy, '/v1/completions', { prompt: 'a' })).status;
    const run = ([program, ...args]: readonly string[]) => rig.start(program!, args).exit;
    rig.write('lab/c0/run/there', '');
    const { pause, resume } = pausing(nodePaths(rig.folder, 'lab', 'c0'), `${rig.folder}/nginx/conf/nginx.conf`);
    expect(await ask()).toBe(200);
    expect(connectionsTo(ports.p0)).toBeGreaterThan(0);
    expect(await run(pause([`127.0.0.1:${ports.p0}`, `127.0.0.1:${ports.d0}`]))).toBe(0);
    expect(connectionsTo(ports.p0)).toBe(0);
    expect(await ask()).toBe(502);
    expect(rig.read('nginx/conf/nginx.conf')).toMatch(/server 127\.0\.0\.1:\d+ .* down;\n[\s\S]*#paused *server /);
    expect(await run(resume)).toBe(0);
    expect(await ask()).toBe(200);
  });
});

describe('a prefill instance that is gone', () => {
  it('is a 502 at the proxy once none is left, and the decode ranks go on', async () => {
    prefill.kill('SIGKILL');
    await prefill.exit;
    const { status: code, text } = await post(ports.proxy, '/v1/completions', { prompt: 'a' });
    expect(code).toBe(502);
    expect(text).toContain('502 Bad Gateway');
    expect(rig.read('nginx_error.log')).toMatch(new RegExp(`connect\\(\\) to 127.0.0.1:${ports.p0} failed`));
    expect(await status(ports.d0)).toBe(200);
  });
});

describe('a rank', () => {
  it('is healthy only after it has loaded', async () => {
    const alone = rig.startRank(['--port', String(ports.alone)], { LAB_LOAD_MS: '800' });
    await alone.says('Starting to load model...');
    expect(await status(ports.alone)).toBe(0);
    await alone.says('50% Completed | 2/4');
    expect(await status(ports.alone)).toBe(0);
    await until(async () => (await status(ports.alone)) === 200);
    expect(alone.output).toContain('100% Completed | 4/4');
  });
});

/** Established ones, counted where they begin. */
function connectionsTo(port: number): number {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const ends = lines.map((line) => line.trim().split(/\s+/).slice(2, 4));
  return ends.filter(([to = '', state]) => state === '01' && Number.parseInt(to.split(':')[1] ?? '', 16) === port)
    .length;
}

function serving(port: number, kvRole: string, kvRank: number, tp: number): string[] {
  const kv = { kv_connector: 'AscendHcclConnectorV1', kv_role: kvRole, kv_rank: kvRank, engine_id: kvRank };
  return [
    '--port',
    String(port),
    '--tensor-parallel-size',
    String(tp),
    '--max-model-len',
    '1024',
    '--kv-transfer-config',
    JSON.stringify(kv),
  ];
}

function tablesEnv(local: string, global: string): NodeJS.ProcessEnv {
  return { RANK_TABLE_FILE_PATH: local, GLOBAL_RANK_TABLE_FILE_PATH: global };
}
