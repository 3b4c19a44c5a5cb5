import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that answers completions only to those with its key. */
export interface KeyedServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function keyedServer(key: string, denial = 401): Promise<KeyedServer> {
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${key}`;
    response.writeHead(isKnown ? 200 : denial, { 'content-type': 'application/json' });
    const completion = { choices: [{ text: ' Bob' }], usage: { prompt_tokens: 3, completion_tokens: 4 } };
    response.end(JSON.stringify(isKnown ? completion : { error: 'Unauthorized' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
