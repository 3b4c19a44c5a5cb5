import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, badRequest } from './apiError.ts';
import type { JsonObject } from './json.ts';
import { Refusal } from './refusal.ts';

const MAX_BODY = 100 * 1024 * 1024; // bytes

/** Fails as vLLM does when another process holds the port; the port is free again afterwards. */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}

export async function readBody(request: IncomingMessage): Promise<JsonObject> {
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

export function answerJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function listen(server: Server, host: string, port: number): Promise<void> {
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
