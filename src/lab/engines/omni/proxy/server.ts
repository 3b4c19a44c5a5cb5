import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ProxyConf } from './conf.ts';
import { type Forwarded, forward, type Outgoing } from './forward.ts';
import { Peers } from './peers.ts';

const MAX_BODY = 100 * 1024 * 1024; // bytes

/** A proxy that listens. */
export interface Proxy {
  /** New requests go by `conf`; those under way are answered by what they began with. The port stays. */
  reload(conf: ProxyConf): void;
}

/** Prefill first, then decode with the handle prefill gave; every other path under /v1 goes to a prefill server. */
export function startProxy(conf: ProxyConf, log: (line: string) => void): Promise<Proxy> {
  let upstreams = upstreamsOf(conf);
  const server = createServer((request, response) => {
    answer(upstreams, request, response, log).catch((cause: unknown) => {
      log(`${(cause as Error).message}, request: "${request.method} ${request.url}"`);
      if (response.headersSent) response.destroy();
      else page(response, 502, 'Bad Gateway');
    });
  });
  const reload = (next: ProxyConf) => {
    const { prefill, decode } = upstreams;
    upstreams = upstreamsOf(next);
    for (const peers of [prefill, decode]) peers.retire();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(conf.listenPort, () => resolve({ reload }));
  });
}

interface Upstreams {
  readonly prefill: Peers;
  readonly decode: Peers;
}

function upstreamsOf({ prefill, decode }: ProxyConf): Upstreams {
  return { prefill: new Peers(prefill), decode: new Peers(decode) };
}

async function answer(
  { prefill, decode }: Upstreams,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  const path = request.url ?? '/';
  if (!path.startsWith('/v1')) return page(response, 404, 'Not Found');
  const body = await readBody(request);
  if (body === null) return page(response, 413, 'Request Entity Too Large');
  const left = new AbortController();
  response.once('close', () => left.abort());
  const { authorization } = request.headers;
  const requestId = String(request.headers['x-request-id'] ?? randomUUID());
  const outgoing = (content: Buffer): Outgoing => ({
    method: request.method ?? 'GET',
    path,
    headers: {
      'content-type': 'application/json',
      'content-length': String(content.length),
      'x-request-id': requestId,
      // nginx passes it on, to both servers of a request
      ...(authorization !== undefined && { authorization }),
    },
    body: content,
  });
  const to = (peers: Peers, content: Buffer) => forward(peers, outgoing(content), left.signal, log);

  if (!/^\/v1(\/chat)?\/completions$/.test(path)) return passOn(await to(prefill, body), response);
  const asked = parse(body);
  if (asked === null) return passOn(await to(prefill, body), response); // it words the refusal
  const prefilled = await to(prefill, Buffer.from(JSON.stringify(prefillPart(asked))));
  if (prefilled?.response.statusCode !== 200) return passOn(prefilled, response);
  const handle = await readHandle(prefilled);
  return passOn(await to(decode, Buffer.from(JSON.stringify({ ...asked, kv_transfer_params: handle }))), response);
}

/** The subrequest: the same prompt, one token, nothing streamed. */
function prefillPart(asked: Readonly<Record<string, unknown>>) {
  const { max_completion_tokens: _, stream_options: __, ...rest } = asked;
  return { ...rest, max_tokens: 1, stream: false, kv_transfer_params: { do_remote_decode: true } };
}

async function readHandle({ response, done }: Forwarded): Promise<unknown> {
  try {
    const body = await readBody(response);
    return JSON.parse(String(body)).kv_transfer_params;
  } finally {
    done();
  }
}

async function passOn(forwarded: Forwarded | null, response: ServerResponse): Promise<void> {
  if (forwarded === null) return page(response, 502, 'Bad Gateway');
  const { statusCode, headers } = forwarded.response;
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers;
  response.writeHead(statusCode ?? 502, kept);
  try {
    await pipeline(forwarded.response, response);
  } finally {
    forwarded.done();
  }
}

async function readBody(stream: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function page(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/html' });
  response.end(
    `<html>\n<head><title>${status} ${reason}</title></head>\n<body><center><h1>${status} ${reason}</h1></center></body>\n</html>\n`,
  );
}
