import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, badRequest } from '../../shared/apiError.ts';
import { logError, logInfo } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import { parseGeneration } from '../../shared/request.ts';
import type { JsonObject } from '../rank/arguments.ts';
import type { Engine } from './engine.ts';
import { answerRequest } from './generate.ts';
import { renderMetrics } from './metrics.ts';

const MAX_BODY = 100 * 1024 * 1024; // bytes
const KEEP_ALIVE_MS = 120_000; // longer than the proxy keeps its idle connections: OmniInfer patches vLLM, which has 5 s

/** Fails as vLLM does when another process holds the port; the port is free again afterwards. */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}

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

async function readBody(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ApiError(413, 'BadRequestError', 'the request body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw badRequest(`JSON decode error: ${(cause as Error).message}`);
  }
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

function answerJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function answerError(response: ServerResponse, cause: unknown): void {
  if (response.destroyed) return;
  const error = cause instanceof ApiError ? cause : new ApiError(500, 'InternalServerError', String(cause));
  logError(`${error.status} ${error.type}: ${error.message}`);
  if (response.headersSent) response.destroy();
  else response.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(error.body()));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new Refusal('OSError', `[Errno 98] Address already in use: ${host}:${port}`)
          : new Refusal('OSError', `${cause.message}`),
      );
    });
    server.listen(port, host, resolve);
  });
}
