import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { answerJson, listen, readBody } from '../../shared/http.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Given } from '../config/options.ts';
import { type Asked, post, RouterError, readAll, throughPair } from './pairs.ts';
import { type RouterOptions, routerOptions } from './routerOptions.ts';
import { Worker } from './worker.ts';
import { type Pool, workerPool } from './workerPool.ts';

const RETRIED = [408, 429, 500, 502, 503, 504];
const BACKOFF_MS = 50;
const GROWTH = 1.5;

interface Router {
  readonly options: RouterOptions;
  /** Null where prefill and decode are not apart. */
  readonly prefill: Pool | null;
  readonly decode: Pool;
  numAsked: number;
}

/** `vllm-router`: waits for its workers, then answers; it looks after them from then on. */
export async function startRouter(given: Given): Promise<void> {
  const options = routerOptions(given);
  const prefill = options.prefill.length === 0 ? null : workerPool(options.prefill, options);
  const others = (prefill === null ? options.workers : options.decode).map((url) => ({ url, bootstrapPort: null }));
  const router: Router = { options, prefill, decode: workerPool(others, options), numAsked: 0 };
  let server: Server | null = null;
  process.on('SIGTERM', () => {
    if (server === null) process.exit(0);
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
  await serveMetrics(router);
  await allHealthy(router);
  server = createServer((request, response) => {
    route(router, request, response).catch((cause: unknown) => answerError(response, cause));
  });
  await listen(server, options.host, options.port);
  logInfo(`Starting server on ${options.host}:${options.port}`);
  setInterval(() => {
    for (const worker of workersOf(router)) void worker.check(options);
  }, options.health.everyMs);
}

function workersOf({ prefill, decode }: Router): readonly Worker[] {
  return [...(prefill?.workers ?? []), ...decode.workers];
}

/** @throws Refusal after --worker-startup-timeout-secs */
async function allHealthy(router: Router): Promise<void> {
  const { startupTimeoutMs, startupCheckMs, health } = router.options;
  const until = Date.now() + startupTimeoutMs;
  for (;;) {
    const workers = workersOf(router);
    const answers = await Promise.all(workers.map((worker) => worker.answers(health.path, health.timeoutMs)));
    const missing = workers.filter((_, at) => !answers[at]).map(({ url }) => url);
    if (missing.length === 0) return;
    if (Date.now() >= until) {
      throw new Refusal(
        'RuntimeError',
        `Timeout ${startupTimeoutMs / 1000}s waiting for workers [${missing.join(', ')}] to become healthy`,
      );
    }
    logWarning(`waiting for ${missing.join(', ')}`);
    await delay(Math.min(startupCheckMs, Math.max(0, until - Date.now())));
  }
}

async function route(router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://router');
  switch (`${request.method} ${pathname}`) {
    case 'GET /liveness':
    case 'GET /health':
      response.writeHead(200).end('OK');
      return;
    case 'GET /readiness':
      return readiness(router, response);
    case 'GET /v1/models':
      return models(router, request, response);
    case 'GET /list_workers':
      return answerJson(response, { urls: workersOf(router).map(({ url }) => url) });
    case 'POST /add_worker':
      router.decode.workers.push(new Worker(searchParams.get('url') ?? '', null, null));
      response.writeHead(200).end(`Successfully added worker: ${searchParams.get('url')}`);
      return;
    case 'POST /remove_worker':
      for (const pool of [router.prefill, router.decode]) removeFrom(pool, searchParams.get('url') ?? '');
      response.writeHead(200).end(`Successfully removed worker: ${searchParams.get('url')}`);
      return;
    case 'POST /v1/completions':
    case 'POST /v1/chat/completions':
      return generate(router, pathname, request, response);
    default:
      response.writeHead(404).end();
  }
}

function removeFrom(pool: Pool | null, url: string): void {
  const kept = pool?.workers.filter((worker) => worker.url !== url.replace(/\/$/, '')) ?? [];
  pool?.workers.splice(0, pool.workers.length, ...kept);
}

function readiness({ prefill, decode }: Router, response: ServerResponse): void {
  const counts = { ...(prefill === null ? {} : { prefill: prefill.count() }), decode: decode.count() };
  const isReady = Object.values(counts).every(({ healthy }) => healthy > 0);
  response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ status: isReady ? 'ready' : 'not_ready', ...counts }));
}

async function models({ prefill, decode }: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const worker = (prefill ?? decode).take();
  if (worker === null) throw new RouterError(503, 'No available workers');
  const authorization = request.headers.authorization;
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const answer = await fetch(`${worker.url}/v1/models`, { headers }).catch((cause: Error) => {
    throw new RouterError(502, cause.message);
  });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}

async function generate(
  router: Router,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked: Asked = { path, body: await readBody(request), authorization: request.headers.authorization ?? null };
  router.numAsked++;
  let backoffMs = BACKOFF_MS;
  for (let left = router.options.retries; ; left--) {
    try {
      const answer = await askOnce(router, asked);
      response.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
      response.once('close', () => answer.destroy());
      answer.once('error', () => response.destroy());
      answer.pipe(response);
      return;
    } catch (cause) {
      if (!(cause instanceof RouterError) || left === 0 || !RETRIED.includes(cause.status) || response.destroyed)
        throw cause;
      await delay(backoffMs);
      backoffMs *= GROWTH;
    }
  }
}

async function askOnce({ prefill, decode, options }: Router, asked: Asked): Promise<IncomingMessage> {
  const first = prefill?.take() ?? null;
  const second = decode.take();
  if (prefill !== null && first === null) throw new RouterError(503, 'No available prefill workers');
  if (second === null) throw new RouterError(503, 'No available decode workers');
  if (first !== null) return throughPair(asked, first, second, options);
  const answer = await post(second, asked, asked.body, randomUUID()).catch((cause: Error) => {
    second.note(false, options);
    throw new RouterError(502, cause.message);
  });
  if ((answer.statusCode ?? 500) < 400) return answer;
  throw new RouterError(answer.statusCode ?? 500, await readAll(answer));
}

function answerError(response: ServerResponse, cause: unknown): void {
  const { status, message } = cause instanceof RouterError ? cause : new RouterError(500, String(cause));
  logWarning(`${status}: ${message}`);
  if (response.headersSent) response.destroy();
  else response.writeHead(status).end(message);
}

async function serveMetrics(router: Router): Promise<void> {
  const { prometheusHost, prometheusPort } = router.options;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(`# TYPE sgl_router_requests_total counter\nsgl_router_requests_total ${router.numAsked}\n`);
  });
  await listen(server, prometheusHost, prometheusPort);
}
