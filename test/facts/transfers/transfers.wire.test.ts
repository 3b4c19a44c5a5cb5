import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PairServer } from '../../../src/engines/pairs.ts';
import type { TransferRequest } from '../../../src/engines/transferRequest.ts';
import { mooncakePairs } from '../../../src/engines/vllm/router/mooncakePairs.ts';
import { nixlPairs } from '../../../src/engines/vllm/router/nixlPairs.ts';
import { vllmTransfers } from '../../../src/engines/vllm/vllmMetrics.ts';
import { askPair } from '../../../src/facts/transfers/askPair.ts';
import { proveTransfers } from '../../../src/facts/transfers/proveTransfers.ts';
import { transferAsker } from '../../../src/facts/transfers/transferAsker.ts';
import type { NodeName, Topology } from '../../../src/topology/topology.ts';
import type { RemoteHost } from '../../../src/transport/host.ts';
import { createPool, type Pool } from '../../../src/transport/pool.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../../fakes/sshd.ts';
import { unless } from '../../fakes/unless.ts';

const MISSING = sshdMissing();
let sshd: FakeSshd;
let pool: Pool;
let host: RemoteHost;
const servers: Server[] = [];

beforeAll(async () => {
  if (MISSING !== null) return;
  sshd = await startSshd();
  pool = createPool(() => sshd.options());
  host = await pool.open('127.0.0.1');
});
afterAll(async () => {
  await pool?.closeAll();
  sshd?.stop();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

type Body = Readonly<Record<string, unknown>> & {
  readonly prompt?: string;
  readonly kv_transfer_params?: Readonly<Record<string, unknown>>;
};

async function serverThat(
  answers: (path: string, body: Body, response: ServerResponse, request: IncomingMessage) => void | Promise<void>,
): Promise<number> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    await answers(request.url ?? '', text === '' ? {} : JSON.parse(text), response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const tokensOf = ({ prompt = '' }: Body) => prompt.split(' ').length;
const token = (body: Body, more: object = {}) =>
  JSON.stringify({
    choices: [{ text: ' ok' }],
    usage: { prompt_tokens: tokensOf(body), completion_tokens: 1 },
    ...more,
  });

interface Behaviour {
  /** Prefill answers where its KV cache is. */
  readonly hands: boolean;
  readonly decode: 'pulls' | 'computes' | 'has no connector' | 'fails transfers' | 'restarts once';
  /** Status of the metrics of decode. */
  readonly metricsStatus?: number;
  readonly exports?: boolean;
  readonly key?: string;
  /** Text of the token. */
  readonly text?: string;
  /** Status of prefill when it is asked without the router. */
  readonly prefillStatus?: number;
}

/** Prefill, decode and a router as of vLLM with NIXL, of a few lines each; then what is found of their transfers. */
async function foundOf(how: Behaviour) {
  const counted = { queries: 5_000, hits: 4_000, failed: 0 };
  const seen: string[] = [];
  const kvParams = { do_remote_prefill: true, do_remote_decode: false, remote_engine_id: 'e', remote_block_ids: [1] };
  const isAllowed = ({ headers }: IncomingMessage, response: ServerResponse) => {
    if (how.key === undefined || headers.authorization === `Bearer ${how.key}`) return true;
    response.writeHead(401).end('{"error":{"message":"Unauthorized"}}');
    return false;
  };
  const prefillPort = await serverThat((_, body, response, request) => {
    if (!isAllowed(request, response)) return;
    if (how.prefillStatus !== undefined && request.headers['x-request-id'] !== 'r')
      return void response.writeHead(how.prefillStatus).end('{"error":{"message":"not now"}}');
    // vLLM keeps the cache only of a request that ends by its length
    const asksForIt = body.kv_transfer_params?.do_remote_decode === true && body.ignore_eos === true;
    seen.push(`prefill ${request.headers['x-request-id'] === undefined ? 'without' : 'with'} id, ${body.max_tokens}`);
    response.end(token(body, { kv_transfer_params: asksForIt && how.hands ? kvParams : null }));
  });
  const decodePort = await serverThat((path, body, response, request) => {
    if (path === '/metrics') {
      response.writeHead(how.metricsStatus ?? 200);
      const lines = [
        `vllm:num_requests_running{engine="0"} 1.0`,
        ...(how.exports === false
          ? []
          : [
              `vllm:external_prefix_cache_queries_total{engine="0"} ${counted.queries}.0`,
              `vllm:external_prefix_cache_hits_total{engine="0"} ${counted.hits}.0`,
              `vllm:nixl_num_failed_transfers_total{engine="0"} ${counted.failed}.0`,
            ]),
      ];
      response.end(`${lines.join('\n')}\n`);
      return;
    }
    if (!isAllowed(request, response)) return;
    const isGiven = body.kv_transfer_params?.do_remote_prefill === true;
    const isTaken = isGiven && how.decode !== 'computes' && how.decode !== 'has no connector';
    if (how.decode === 'restarts once' && counted.queries >= 5_000) Object.assign(counted, { queries: 0, hits: 0 });
    if (how.decode !== 'has no connector') counted.queries += tokensOf(body);
    if (isTaken) counted.hits += tokensOf(body) - 1;
    if (how.decode === 'fails transfers') counted.failed += 1;
    response.end(token(body, how.text === undefined ? {} : { choices: [{ text: how.text }] }));
  });
  const routerPort = await serverThat(async (_, body, response, request) => {
    const ask = async (port: number, more: object) => {
      const headers = { 'x-request-id': 'r', authorization: request.headers.authorization ?? '' };
      const sent = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, ...more }),
      });
      return (await sent.json()) as { readonly kv_transfer_params?: object };
    };
    const { kv_transfer_params } = await ask(prefillPort, nixlPairs.prefill);
    response.end(JSON.stringify(await ask(decodePort, { kv_transfer_params })));
  });
  const prefill: PairServer = { node: 'p0' as NodeName, host: 'here', port: prefillPort };
  const decode: PairServer = { node: 'd0' as NodeName, host: 'here', port: decodePort };
  const request: TransferRequest = {
    model: 'm',
    counters: vllmTransfers,
    metrics: '/metrics',
    entrances: [{ host: 'here', port: routerPort, called: 'the proxy' }],
    pairs: [{ protocol: nixlPairs, prefill, decode }],
    decode: [decode],
  };
  const limits = { timeoutMs: 5_000, signal: new AbortController().signal, apiKey: how.key ?? null };
  const found = await proveTransfers(
    request,
    transferAsker(
      request,
      async () => host,
      async () => limits,
    ),
  );
  return { state: found.state, reason: found.reason, seen };
}

it('is named in advance with Mooncake, by an engine that the bootstrap of prefill has', unless(MISSING), async () => {
  let hits = 0;
  const given = new Set<unknown>();
  const bootstrapPort = await serverThat((path, _, response) => {
    response.end(path === '/query' ? '{"3":{"engine_id":"e-3","worker_addr":{"0":{"0":"tcp://10.0.0.1:1"}}}}' : '');
  });
  const prefillPort = await serverThat((_, body, response, { headers }) => {
    const { do_remote_decode, transfer_id } = body.kv_transfer_params ?? {};
    if (do_remote_decode === true && headers['x-data-parallel-rank'] === '3' && body.ignore_eos === true)
      given.add(transfer_id);
    response.end(token(body));
  });
  const decodePort = await serverThat((_, body, response) => {
    const { do_remote_prefill, remote_engine_id, remote_bootstrap_addr, transfer_id } = body.kv_transfer_params ?? {};
    const isNamed = remote_engine_id === 'e-3' && remote_bootstrap_addr === `http://here:${bootstrapPort}`;
    if (do_remote_prefill === true && isNamed && given.has(transfer_id)) hits += tokensOf(body);
    response.end(token(body));
  });
  const prefill: PairServer = { node: 'p0' as NodeName, host: 'here', port: prefillPort, bootstrapPort };
  const decode: PairServer = { node: 'd0' as NodeName, host: 'here', port: decodePort };
  const limits = { timeoutMs: 5_000, signal: new AbortController().signal, apiKey: null };
  const { prefill: body } = mooncakePairs({ nodes: [] } as unknown as Topology);
  const pair = { protocol: { prefill: body }, prefill, decode };
  const found = await askPair(
    pair,
    { model: 'm', prompt: 'a b c', maxTokens: 1 },
    async () => host,
    async () => limits,
  );
  expect([found.status.problem, found.promptTokens, hits]).toEqual([null, 3, 3]);
});

describe('the transfer of KV caches, asked over SSH', unless(MISSING), () => {
  it('is proven by the counters of decode, with the key that servers need', async () => {
    expect(await foundOf({ hands: true, decode: 'pulls', key: 'k-1' })).toEqual({
      state: 'proven',
      reason: '',
      seen: ['prefill with id, 1', 'prefill with id, 1'],
    });
  });

  it.each([
    [{ hands: true, decode: 'computes' }, 'missing', 'p0 with d0: d0 computed the prompt by itself'],
    [{ hands: true, decode: 'has no connector' }, 'missing', 'p0 with d0: d0 asked no KV connector for the prompt'],
    [{ hands: false, decode: 'pulls' }, 'missing', 'p0 with d0: p0 answered without a KV cache for d0'],
    [{ hands: true, decode: 'fails transfers' }, 'missing', 'p0 with d0: d0 counted failed transfers'],
    [{ hands: true, decode: 'restarts once' }, 'proven', ''],
    [{ hands: true, decode: 'pulls', text: '' }, 'proven', ''],
    [{ hands: true, decode: 'pulls', prefillStatus: 429 }, 'unclear', 'p0 answered 429: not now'],
    [{ hands: true, decode: 'pulls', prefillStatus: 503 }, 'unclear', 'p0 answered 503: not now'],
    [
      { hands: true, decode: 'pulls', exports: false },
      'not-provable',
      'd0 exports no vllm:external_prefix_cache_hits_total',
    ],
    [{ hands: true, decode: 'pulls', metricsStatus: 401 }, 'not-provable', 'd0 answers 401 at /metrics'],
  ] as const)('%j: %s', async (how, state, reason) => {
    expect(await foundOf(how)).toMatchObject({ state, reason });
  });
});
