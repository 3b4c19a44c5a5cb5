import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Answer } from '../../shared/answer.ts';
import { ApiError } from '../../shared/apiError.ts';
import { answerJson, listen, readBody } from '../../shared/http.ts';
import { logError, logInfo } from '../../shared/log.ts';
import { parseGeneration } from '../../shared/request.ts';
import type { Options } from '../config/options.ts';
import type { FrontEngine } from './frontEngine.ts';
import { vllmMetrics } from './vllmMetrics.ts';

/** uvicorn's; the router opens a new connection after it. */
const KEEP_ALIVE_MS = 5000;
const GUARDED = /^\/(v1|v2|inference)(\/|$)/;

export interface Api {
  readonly options: Options;
  readonly maxModelLen: number;
  readonly engines: readonly FrontEngine[];
  /** Of requests that run now. */
  readonly running: Set<AbortController>;
  /** Requests that come are ended at once. */
  closing: boolean;
  isDead: boolean;
}

/** The OpenAI API of vLLM. */
export async function serveVllmApi(api: Api): Promise<Server> {
  const server = createServer((request, response) => {
    route(api, request, response).catch((cause: unknown) => answerError(response, cause));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, api.options.host, api.options.port);
  return server;
}

async function route(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://server');
  response.once('close', () => logInfo(`"${request.method} ${pathname} HTTP/1.1" ${response.statusCode}`));
  if (GUARDED.test(pathname) && !isAllowed(api, request)) {
    response.writeHead(401, JSON_TYPE).end('{"error":"Unauthorized"}');
    return;
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /health':
    case 'GET /ping':
    case 'POST /ping':
      response.writeHead(api.isDead ? 503 : 200).end();
      return;
    case 'GET /version':
      return answerJson(response, { version: api.options.version.slice(1) });
    case 'GET /load':
      return answerJson(response, { server_load: api.running.size });
    case 'GET /v1/models':
      return answerJson(response, models(api));
    case 'GET /metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(metricsOf(api));
      return;
    case 'POST /v1/completions':
      return generate(api, 'completion', request, response);
    case 'POST /v1/chat/completions':
      return generate(api, 'chat', request, response);
    default:
      response.writeHead(404, JSON_TYPE).end('{"detail":"Not Found"}');
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function generate(
  api: Api,
  kind: 'completion' | 'chat',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const generation = parseGeneration(kind, await readBody(request), api.options.servedModelName, api.maxModelLen);
  const named = request.headers['x-request-id'];
  const id = `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${named ?? randomUUID().replaceAll('-', '')}`;
  const engine = engineFor(api, request);
  const answer = new Answer(api.options.servedModelName, id, generation, response);
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  if (api.closing) controller.abort();
  api.running.add(controller);
  try {
    const { promptTokens, maxTokens, ignoreEos, kvTransfer } = generation;
    const asked = { id: `${id}-${randomUUID().slice(0, 8)}`, promptTokens, maxTokens, ignoreEos, kvTransfer };
    const result = await engine.run(asked, (word) => answer.add(word), controller.signal);
    if (result.finished === 'error') throw new ApiError(500, 'InternalServerError', 'Internal server error');
    if (!response.destroyed) answer.end(result.finished, result.kvTransfer);
  } finally {
    api.running.delete(controller);
  }
}

/** The rank that the header names, else the one with the least to do. */
function engineFor({ engines }: Api, request: IncomingMessage): FrontEngine {
  const asked = request.headers['x-data-parallel-rank'];
  if (asked !== undefined) {
    const found = engines.find(({ core }) => String(core.rank) === asked);
    if (found === undefined) throw new ApiError(400, 'BadRequestError', `data_parallel_rank ${asked} is out of range`);
    return found;
  }
  return engines.reduce((least, engine) => (engine.load() < least.load() ? engine : least));
}

function isAllowed({ options }: Api, request: IncomingMessage): boolean {
  const [scheme, key] = (request.headers.authorization ?? '').split(' ');
  return options.apiKeys.length === 0 || (scheme?.toLowerCase() === 'bearer' && options.apiKeys.includes(key ?? ''));
}

function metricsOf({ engines, options }: Api): string {
  const usesNixl = options.kvTransfer?.connector.startsWith('Nixl') === true;
  return vllmMetrics({ engines, servedModelName: options.servedModelName, usesNixl });
}

function models({ options, maxModelLen }: Api) {
  const { servedModelName: id, model: root } = options;
  const created = Math.floor(Date.now() / 1000);
  const model = { id, object: 'model', created, owned_by: 'vllm', root, parent: null, max_model_len: maxModelLen };
  return { object: 'list', data: [model] };
}

function answerError(response: ServerResponse, cause: unknown): void {
  if (response.destroyed) return;
  const dead = 'EngineCore encountered an issue. See stack trace (above) for the root cause.';
  const { status, type, message } = cause instanceof ApiError ? cause : new ApiError(500, 'InternalServerError', dead);
  const error = { message, type, param: null, code: status };
  logError(`${status} ${type}: ${message}`);
  if (response.headersSent) response.end(`data: ${JSON.stringify({ error })}\n\ndata: [DONE]\n\n`);
  else response.writeHead(status, JSON_TYPE).end(JSON.stringify({ error }));
}
