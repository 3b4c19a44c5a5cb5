import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import type { RemoteHost } from './host.ts';

const BODY_BYTES = 4 * 1024 * 1024;

export interface HttpRequest {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with the body as far as it has come: the rest is not read. Absent: all of it is. */
  readonly isEnough?: (body: string) => boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most 4 MiB of it. */
  readonly body: string;
}

/** The port was reached and did not answer as HTTP asks. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly code: 'timeout' | 'broken' | 'interrupted',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * One HTTP request to a port of the host, through its SSH connection.
 * @throws HttpError; TransportError (`refused-channel` when nothing listens on that port)
 */
export async function request(host: RemoteHost, wanted: HttpRequest): Promise<HttpResponse> {
  const where = `http://${host.address}:${wanted.port}${wanted.path}`;
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), wanted.timeoutMs);
  const signal = wanted.signal ? AbortSignal.any([wanted.signal, timer.signal]) : timer.signal;
  const interruption = (cause?: unknown): HttpError =>
    timer.signal.aborted
      ? new HttpError('timeout', `${where} did not answer within ${wanted.timeoutMs / 1000} s`, { cause })
      : new HttpError('interrupted', `interrupted while asking ${where}`, { cause });
  try {
    const opening = host.forward(wanted.port);
    const socket = await Promise.race([opening, aborted(signal)]);
    if (socket === null) {
      void opening.then((late) => late.destroy()).catch(() => {});
      throw interruption();
    }
    try {
      const asking = send({
        createConnection: () => socket,
        host: '127.0.0.1',
        port: wanted.port,
        path: wanted.path,
        method: wanted.method ?? 'GET',
        // we close first: with `close` the server would, and its port would be in TIME_WAIT when it starts again
        headers: { ...wanted.headers, connection: 'keep-alive' },
        signal,
      });
      asking.end(wanted.body);
      const response = await answered(asking);
      const body = await bodyOf(response, wanted.isEnough);
      host.meter.bytesSent += Buffer.byteLength(wanted.body ?? '');
      host.meter.bytesReceived += body.length;
      return { status: response.statusCode ?? 0, headers: response.headers, body: body.toString('utf8') };
    } catch (error) {
      if (signal.aborted) throw interruption(error);
      throw new HttpError('broken', `${where} broke off: ${(error as Error).message}`, { cause: error });
    } finally {
      socket.destroy();
    }
  } finally {
    clearTimeout(timeout);
  }
}

function answered(asking: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asking.once('response', resolve);
    // also after the answer: a broken connection must not end this process
    asking.on('error', reject);
  });
}

async function bodyOf(response: IncomingMessage, isEnough?: HttpRequest['isEnough']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_BYTES || isEnough?.(Buffer.concat(chunks).toString('utf8'))) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES);
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
