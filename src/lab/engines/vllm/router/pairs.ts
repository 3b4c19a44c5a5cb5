import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { JsonObject } from '../../shared/json.ts';
import type { RouterOptions } from './routerOptions.ts';
import type { Worker } from './worker.ts';

export interface Asked {
  readonly path: string;
  readonly body: JsonObject;
  readonly authorization: string | null;
}

/** The router found no way through: answered with its status. */
export class RouterError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const NO_REMOTE = { remote_engine_id: null, remote_block_ids: null, remote_host: null, remote_port: null };

/** A request through a pair; gives the answer of decode. */
export function throughPair(
  asked: Asked,
  prefill: Worker,
  decode: Worker,
  options: RouterOptions,
): Promise<IncomingMessage> {
  return options.connector === 'mooncake'
    ? atOnce(asked, prefill, decode, options)
    : inTurn(asked, prefill, decode, options);
}

/** NIXL: prefill's answer contains where decode finds the cache. Where it doesn't, decode is asked all the same. */
async function inTurn(asked: Asked, prefill: Worker, decode: Worker, options: RouterOptions): Promise<IncomingMessage> {
  const id = randomUUID();
  const params = { do_remote_decode: true, do_remote_prefill: false, ...NO_REMOTE };
  const first = await noted(prefill, options, () =>
    post(prefill, asked, { ...forPrefill(asked.body), kv_transfer_params: params }, id),
  );
  const { kv_transfer_params }: JsonObject = JSON.parse(await readAll(first));
  const body = kv_transfer_params ? { ...asked.body, kv_transfer_params } : asked.body;
  return noted(decode, options, () => post(decode, asked, body, id));
}

/** Mooncake: both are asked at the same time, with one name for the transfer. */
async function atOnce(asked: Asked, prefill: Worker, decode: Worker, options: RouterOptions): Promise<IncomingMessage> {
  const id = randomUUID();
  const bootstrap = `http://${new URL(prefill.url).hostname}:${prefill.bootstrapPort}`;
  const [rank, engineId] = await engineOf(bootstrap, prefill.rank);
  const transfer_id = `xfer-${id}`;
  const give = { do_remote_decode: true, do_remote_prefill: false, transfer_id };
  const take = {
    do_remote_decode: false,
    do_remote_prefill: true,
    remote_bootstrap_addr: bootstrap,
    remote_engine_id: engineId,
    transfer_id,
  };
  const first = { ...forPrefill(asked.body), kv_transfer_params: give };
  // decode finds out how it ended
  void noted(prefill, options, () => post(prefill, asked, first, id, rank)).then(readAll, () => undefined);
  return noted(decode, options, () => post(decode, asked, { ...asked.body, kv_transfer_params: take }, id));
}

let turn = 0;

async function engineOf(bootstrap: string, rank: number | null): Promise<readonly [number, string]> {
  const answer = await fetch(`${bootstrap}/query`).catch(() => {
    throw new RouterError(503, `the bootstrap server ${bootstrap} does not answer`);
  });
  const engines = Object.entries((await answer.json()) as Record<string, { engine_id: string }>);
  const found = rank === null ? engines[turn++ % engines.length] : engines.find(([name]) => name === String(rank));
  if (found === undefined) throw new RouterError(503, `the bootstrap server ${bootstrap} has no engines`);
  return [Number(found[0]), found[1].engine_id];
}

function forPrefill(body: JsonObject): JsonObject {
  const { stream_options, min_tokens, max_completion_tokens, ...rest } = body;
  return {
    ...rest,
    stream: false,
    max_tokens: 1,
    ...(max_completion_tokens === undefined ? {} : { max_completion_tokens: 1 }),
  };
}

/** Counts for the worker's breaker. @throws RouterError for an answer that is not a success */
async function noted(
  worker: Worker,
  options: RouterOptions,
  ask: () => Promise<IncomingMessage>,
): Promise<IncomingMessage> {
  let answer: IncomingMessage;
  try {
    answer = await ask();
  } catch (cause) {
    worker.note(false, options);
    throw new RouterError(502, `${worker.url}: ${(cause as Error).message}`);
  }
  const status = answer.statusCode ?? 500;
  worker.note(status < 500, options);
  if (status < 400) return answer;
  throw new RouterError(status, await readAll(answer));
}

export function post(
  worker: Worker,
  { path, authorization }: Asked,
  body: JsonObject,
  id: string,
  rank: number | null = worker.rank,
): Promise<IncomingMessage> {
  const headers = {
    'content-type': 'application/json',
    'x-request-id': id,
    ...(authorization === null ? {} : { authorization }),
    ...(rank === null ? {} : { 'x-data-parallel-rank': String(rank) }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${worker.url}${path}`, { method: 'POST', headers, agent: false }, resolve);
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

export async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
