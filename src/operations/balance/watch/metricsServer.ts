import { createServer, type Server } from 'node:http';
import { UserError } from '../../../errors/userError.ts';
import { METRICS_TYPE } from './prometheus.ts';

/**
 * Answers GET /metrics with what `text` gives. @param where `HOST:PORT`, `[::1]:PORT`, or a port on this machine alone
 * @throws UserError `metrics_unavailable` where nobody can listen
 */
export async function serveMetrics(where: string, text: () => string): Promise<{ close(): void }> {
  const { host, port } = parseAddress(where);
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('metrics are at /metrics\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else response.writeHead(200, { 'content-type': METRICS_TYPE }).end(request.method === 'GET' ? text() : undefined);
  });
  await listening(server, host, port, where);
  return { close: () => void server.close().closeAllConnections() };
}

/** @throws UserError `bad_usage` */
export function parseAddress(where: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(where.trim()) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535 || plain === '')
    throw new UserError('bad_usage', `--metrics ${where} is no address.`, {
      hint: 'Write a port for this machine alone (9464), or HOST:PORT (0.0.0.0:9464).',
    });
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

function listening(server: Server, host: string, port: number, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new UserError('metrics_unavailable', `Metrics can't be served at ${where}: ${cause.message}`, {
          hint: 'Choose another port, or --metrics-file.',
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}
