import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { liveProbes } from '../../../src/operations/status/probes.ts';
import { LocalHost } from '../../fakes/localHost.ts';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());

/** What status makes of a real server that answers like this. */
async function asked(answer: RequestListener) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const probes = liveProbes(async () => new LocalHost('here'), new AbortController().signal);
  const wanted = { port, called: 'the proxy', model: 'm', prompt: 'Alice is ', maxTokens: 4 };
  const token = await probes.completion('here', wanted);
  const health = await probes.health('here', port, '/health');
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
    ['', 'the proxy answered 503'],
  ])('or fails is told in its own words: %j', async (body, problem) => {
    expect(await asked(text(body, 503))).toEqual([{ problem }, '/health answers 503']);
  });

  it('or hangs is given up within the time of a status', async () => {
    const begunMs = performance.now();
    const [token, health] = await asked(() => {});
    expect([token, health]).toEqual([
      { problem: expect.stringMatching(/within 2\.5 s/) },
      expect.stringMatching(/within/),
    ]);
    expect(performance.now() - begunMs).toBeLessThan(15_000);
  });

  it('and one that gives a token is believed', async () => {
    const [token] = await asked(text('{"choices":[{"text":" Bob"}]}'));
    expect(token).toEqual({ text: ' Bob', tookMs: expect.any(Number) });
  });
});
