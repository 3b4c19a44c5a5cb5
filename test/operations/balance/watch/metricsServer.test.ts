import { describe, expect, it } from 'vitest';
import { parseAddress, serveMetrics } from '../../../../src/operations/balance/watch/metricsServer.ts';
import { freePort } from '../../../fakes/freePort.ts';

describe('the metrics server', () => {
  it('answers GET /metrics in Prometheus’ type, and nothing else', async () => {
    const port = await freePort();
    let text = 'a 1\n';
    const server = await serveMetrics(String(port), () => text);
    try {
      const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
      const answer = await at('/metrics?x=1');
      expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
        'a 1\n',
      ]);
      text = 'a 2\n';
      expect(await (await at('/metrics')).text()).toBe('a 2\n');
      expect(await (await at('/metrics', 'HEAD')).text()).toBe('');
      expect([(await at('/')).status, (await at('/metrics', 'POST')).status]).toEqual([404, 405]);
      await expect(serveMetrics(`127.0.0.1:${port}`, () => text)).rejects.toMatchObject({
        code: 'metrics_unavailable',
        message: `Metrics can't be served at 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
      });
    } finally {
      server.close();
    }
  });

  it('listens on this machine alone unless told otherwise', () => {
    expect(parseAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(parseAddress('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 });
    expect(parseAddress('[::1]:9464')).toEqual({ host: '::1', port: 9464 });
    for (const wrong of ['', 'host', ':9464', '70000', 'host:', '::1:9464'])
      expect(() => parseAddress(wrong), wrong).toThrow(`--metrics ${wrong} is no address.`);
  });
});
