import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { liveProbes } from '../../../src/operations/status/probes.ts';
import { LocalHost } from '../../fakes/localHost.ts';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());

/** What status makes of a real server that answers like this. */
async function asked(answer: RequestListener, key: string | null = null) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const probes = liveProbes(async () => new LocalHost('here'), {
    signal: new AbortController().signal,
    tokenSignal: new AbortController().signal,
    tokenMs: 2_500,
    apiKey: async () => key,
  });
  const wanted = { port, called: 'the proxy', model: 'm', prompt: 'Alice is ', maxTokens: 4 };
  const token = await probes.completion('here', wanted);
  const [answered] = await probes.servers('here', [{ port, path: '/health', metrics: null }], []);
  const { problem, isLate } = answered!;
  const health = problem === null ? null : { problem, isLate };
  server.close();
  return [token, health];
}

const text =
  (body: string, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(body);

describe('a server that lives and lies', () => {
  it.each([
    ['an empty body', ''],
    ['a page', '<html>welcome</html>'],
    ['no choices', '{"choices":[]}'],
    ['an empty token', '{"choices":[{"text":""}]}'],
    ['a token that is no text', '{"choices":[{"text":7}]}'],
  ])('and answers 200 with %s gives no token, though its health is fine', async (_, body) => {
    expect(await asked(text(body))).toEqual([{ problem: 'the proxy answered 200 without a token' }, null]);
  });

  it.each([
    ['{"error":{"message":"no\\u001b[2J room\\nat all"}}', 'the proxy answered 503: no [2J room at all'],
    ['{"message":"not found"}', 'the proxy answered 503: not found'],
    ['Bad Gateway\nnginx', 'the proxy answered 503: Bad Gateway'],
    [
      '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center>nginx</center></body></html>',
      'the proxy answered 503: Service Temporarily Unavailable',
    ],
    ['<html><body><h1>no\n<b>upstream</b></h1></body></html>', 'the proxy answered 503: no upstream'],
    ['', 'the proxy answered 503'],
  ])('or fails is told in its own words: %j', async (body, problem) => {
    expect(await asked(text(body, 503))).toEqual([{ problem }, { problem: '/health answers 503', isLate: false }]);
  });

  it('or hangs is given up within the time of a status', async () => {
    const begunMs = performance.now();
    const [token, health] = await asked(() => {});
    expect([token, health]).toEqual([
      { problem: expect.stringMatching(/within 2\.5 s/), isLate: true },
      { problem: expect.stringMatching(/within/), isLate: true },
    ]);
    expect(performance.now() - begunMs).toBeLessThan(15_000);
  });

  it('and one that gives a token is believed', async () => {
    const [token] = await asked(text('{"choices":[{"text":" Bob"}]}'));
    expect(token).toEqual({ text: ' Bob', tookMs: expect.any(Number) });
  });

  it('and one that streams is believed at its first token, though its stream never ends', async () => {
    const [token] = await asked((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"text":""}]}\n\ndata: {"choices":[{"te');
      setTimeout(() => response.write('xt":" Bob"}]}\n\n'), 50);
    });
    expect(token).toEqual({ text: ' Bob', tookMs: expect.any(Number) });
    expect(token).toHaveProperty(
      'tookMs',
      expect.toSatisfy((ms: number) => ms < 2_000),
    );
  });

  it.each([
    [null, 'the proxy answers, and needs an API key (401): set services.api_key to where it is kept'],
    ['wrong', 'the proxy answers, and refuses the API key (401)'],
  ])('and one that refuses the key %j has answered', async (key, denied) => {
    expect(await asked(text('{}', 401), key)).toEqual([{ denied, tookMs: expect.any(Number) }, null]);
    const forbidden = denied.replace('401', '403');
    expect(await asked(text('{}', 403), key)).toEqual([{ denied: forbidden, tookMs: expect.any(Number) }, null]);
  });

  it('gets the key, one token to give, and a wish to stream', async () => {
    const got: unknown[] = [];
    const [token] = await asked(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      if (request.method === 'POST') got.push(request.headers.authorization, JSON.parse(body));
      response.end('{"choices":[{"text":" Bob"}]}');
    }, 'k-1');
    expect(token).toMatchObject({ text: ' Bob' });
    expect(got).toEqual([
      'Bearer k-1',
      { model: 'm', prompt: 'Alice is ', max_tokens: 4, temperature: 0, stream: true },
    ]);
  });
});
