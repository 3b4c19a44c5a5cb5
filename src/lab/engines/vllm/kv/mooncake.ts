import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { answerJson, listen, readBody } from '../../shared/http.ts';
import type { JsonObject } from '../../shared/json.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import { CoreDeath, type CoreRequest, type FinishReason } from '../core/engineCore.ts';
import { type Connector, TransferFailed } from './connector.ts';
import { KeptCaches } from './keptCaches.ts';
import type { ConnectorInput } from './nixl.ts';
import { askChannel, bindChannel } from './sideChannel.ts';

const DEFAULT_BOOTSTRAP_PORT = 8998;
const DEFAULT_ABORT_S = 480;
const RETRY_MS = 1000;
const POLL_MS = 5;
const DECODE_FIELDS = ['remote_engine_id', 'remote_bootstrap_addr', 'transfer_id'];

/** By data-parallel rank: what the bootstrap answers to `/query`. */
type Engines = Record<string, { engine_id: string; worker_addr: Record<string, Record<string, string>> }>;

/** Mooncake: prefill's workers register at a bootstrap; decode asks it for them, and prefill pushes by transfer id. */
export async function openMooncake(input: ConnectorInput): Promise<Connector> {
  const { options, parallel, env } = input;
  const { role } = options.kvTransfer!;
  if (parallel.pipeline > 1 && options.version === 'v0.23.0') {
    throw new Refusal('ValueError', 'Mooncake Transfer Engine does not support pipeline parallelism yet.');
  }
  const kept = new KeptCaches();
  const abortMs = 1000 * Number(env.VLLM_MOONCAKE_ABORT_REQUEST_TIMEOUT ?? DEFAULT_ABORT_S);
  if (role !== 'kv_consumer') await openProducer(input, kept, abortMs);
  return {
    take: (request, computed, signal) => fetchCache(request, computed, role, abortMs, signal),
    give: (request, finished) => keepCache(request, finished, role, kept, abortMs),
    keptTokens: () => kept.tokens(),
    get expired() {
      return kept.expired;
    },
  };
}

async function openProducer(input: ConnectorInput, kept: KeptCaches, abortMs: number): Promise<void> {
  const { parallel, rank, engineId, env } = input;
  const isAlone = parallel.mode !== 'internal';
  const localRank = rank - parallel.startRank;
  const port = Number(env.VLLM_MOONCAKE_BOOTSTRAP_PORT ?? DEFAULT_BOOTSTRAP_PORT);
  if (isAlone ? localRank === 0 : rank === 0) await startBootstrap(port);
  const hostname = env.VLLM_HOST_IP ?? '127.0.0.1';
  const sidePort = await bindChannel(hostname, 0, (socket) =>
    onMessages<{ transfer: string }>(socket, async ({ transfer }) => {
      const until = Date.now() + abortMs;
      let tokens = kept.take(transfer);
      // decode may come before prefill is done
      while (tokens === null && Date.now() < until && !socket.destroyed) {
        await delay(POLL_MS);
        tokens = kept.take(transfer);
      }
      sendMessage(socket, { tokens });
    }),
  );
  const first = parallel.nodesPerRank > 1 ? parallel.masterAddress : parallel.address;
  const url = `http://${isAlone ? '127.0.0.1' : first}:${port}/register`;
  const addr = `tcp://${hostname}:${sidePort}`;
  const dpRank = isAlone ? localRank : rank;
  for (let tp = 0; tp < parallel.tensor; tp++) {
    await register(url, { engine_id: engineId, dp_rank: dpRank, tp_rank: tp, pp_rank: 0, addr });
  }
}

async function startBootstrap(port: number): Promise<void> {
  const engines: Engines = {};
  const server = createServer(async (request, response) => {
    if (request.method === 'GET' && request.url === '/query') return answerJson(response, engines);
    if (request.method !== 'POST' || request.url !== '/register') return void response.writeHead(404).end();
    const problem = added(engines, await readBody(request).catch(() => ({})));
    if (problem === null) return answerJson(response, { status: 'ok' });
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ detail: problem }));
  });
  await listen(server, '0.0.0.0', port);
  logInfo(`Mooncake Bootstrap Server started at 0.0.0.0:${port}`);
}

/** What is wrong with a worker that registers; null: it is one of the engines now. */
function added(engines: Engines, worker: JsonObject): string | null {
  const { engine_id, dp_rank, tp_rank, pp_rank, addr } = worker as Record<string, string>;
  if ([engine_id, dp_rank, tp_rank, pp_rank, addr].some((field) => field === undefined)) return 'Field required';
  engines[dp_rank!] ??= { engine_id: engine_id!, worker_addr: {} };
  const entry = engines[dp_rank!]!;
  if (entry.engine_id !== engine_id) {
    return `Engine ID mismatch for dp_rank=${dp_rank}: expected ${entry.engine_id}, got ${engine_id}`;
  }
  entry.worker_addr[tp_rank!] ??= {};
  const stages = entry.worker_addr[tp_rank!]!;
  if (stages[pp_rank!] !== undefined) {
    return `Worker with dp_rank=${dp_rank}, tp_rank=${tp_rank}, pp_rank=${pp_rank} is already registered at ${stages[pp_rank!]}, but still want to register at ${addr}`;
  }
  stages[pp_rank!] = addr!;
  return null;
}

async function register(url: string, worker: JsonObject): Promise<void> {
  for (;;) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(worker) }).catch(() => null);
    if (answer?.ok) return;
    if (answer !== null) throw new Refusal('httpx.HTTPStatusError', await answer.text());
    await delay(RETRY_MS);
  }
}

async function fetchCache(
  { kvTransfer: params, promptTokens }: CoreRequest,
  computed: number,
  role: string,
  abortMs: number,
  signal: AbortSignal,
): Promise<number> {
  if (params?.do_remote_decode === true && role === 'kv_consumer') {
    throw new CoreDeath('AssertionError', 'not self.is_kv_consumer');
  }
  if (params?.do_remote_prefill !== true) return 0;
  if (role === 'kv_producer') throw new CoreDeath('AssertionError', 'not self.is_kv_producer');
  if (DECODE_FIELDS.some((field) => !(field in params))) {
    logWarning(`Got invalid KVTransferParams: ${JSON.stringify(params)}. This request will not utilize KVTransfer`);
    await delay(abortMs, undefined, { signal });
  }
  const bootstrap = String(params.remote_bootstrap_addr);
  const engines = await query(bootstrap);
  const engine = Object.values(engines).find(({ engine_id }) => engine_id === params.remote_engine_id);
  const addr = engine?.worker_addr['0']?.['0'];
  if (addr === undefined) {
    throw new TransferFailed(
      `Failed to find remote engine_id ${params.remote_engine_id} from bootstrap server ${bootstrap}`,
    );
  }
  const { hostname, port } = new URL(addr);
  const question = { transfer: params.transfer_id };
  const { tokens } = await askChannel<{ tokens: number | null }>(hostname, Number(port), question, abortMs);
  if (tokens === null) throw new TransferFailed(`${addr} has no transfer ${params.transfer_id}`);
  return promptTokens.length - computed;
}

async function query(bootstrap: string): Promise<Engines> {
  const answer = await fetch(`${bootstrap}/query`).catch((cause: Error) => {
    throw new TransferFailed(`Failed to connect to bootstrap server ${bootstrap}: ${cause.message}`);
  });
  return (await answer.json()) as Engines;
}

/** Only for answers that ended by their length; the router has what decode needs. */
function keepCache(
  request: CoreRequest,
  finished: FinishReason,
  role: string,
  kept: KeptCaches,
  abortMs: number,
): null {
  const { kvTransfer: params, promptTokens } = request;
  if (params?.do_remote_decode !== true) return null;
  if (role === 'kv_consumer') throw new CoreDeath('AssertionError', 'not self.is_kv_consumer');
  if (params.transfer_id === undefined) logWarning('Missing transfer_id in kv_transfer_params from router!');
  else if (finished === 'length') kept.keep(String(params.transfer_id), promptTokens.length, abortMs);
  return null;
}
