import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from '../../shared/apiError.ts';
import { answerJson, listen, readBody } from '../../shared/http.ts';
import { logError, logInfo } from '../../shared/log.ts';
import { parseGeneration } from '../../shared/request.ts';
import type { Engine } from './engine.ts';
import { answerRequest } from './generate.ts';
import { renderMetrics } from './metrics.ts';

const KEEP_ALIVE_MS = 120_000; // longer than the proxy keeps its idle connections: OmniInfer patches vLLM, which has 5 s

/** The OpenAI API of one rank. */
export async function serveApi(engine: Engine, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    route(engine, request, response).catch((cause: unknown) => answerError(response, cause));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, host, port);
  return server;
}

async function route(engine: Engine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://rank');
  switch (`${request.method} ${pathname}`) {
    case 'GET /health':
      response.writeHead(200).end();
      return;
    case 'GET /v1/models':
      return answerJson(response, models(engine));
    case 'GET /metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(await renderMetrics(engine));
      return;
    case 'POST /v1/completions':
      return answerGeneration(engine, 'completion', request, response);
    case 'POST /v1/chat/completions':
      return answerGeneration(engine, 'chat', request, response);
    default:
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
  }
}

async function answerGeneration(
  engine: Engine,
  kind: 'completion' | 'chat',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const generation = parseGeneration(kind, body, engine.servedModelName, engine.maxModelLen);
  await engine.scheduler.run(() => answerRequest(engine, generation, response));
  logInfo(`"POST ${request.url} HTTP/1.1" ${response.statusCode}`);
}

function models({ servedModelName, maxModelLen, startedS }: Engine) {
  const model = {
    id: servedModelName,
    object: 'model',
    created: startedS,
    owned_by: 'vllm',
    max_model_len: maxModelLen,
  };
  return { object: 'list', data: [model] };
}

function answerError(response: ServerResponse, cause: unknown): void {
  if (response.destroyed) return;
  const error = cause instanceof ApiError ? cause : new ApiError(500, 'InternalServerError', String(cause));
  logError(`${error.status} ${error.type}: ${error.message}`);
  if (response.headersSent) response.destroy();
  else response.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(error.body()));
}
