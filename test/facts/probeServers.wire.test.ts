import { spawnSync } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probeServers } from '../../src/facts/servers/probeServers.ts';
import type { RunOptions } from '../../src/transport/host.ts';
import { freePort } from '../fakes/freePort.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { unless } from '../fakes/unless.ts';

const NO_CURL = spawnSync('curl', ['--version']).error === undefined ? null : 'needs curl';
const LIMITS = { timeoutMs: 1_000, signal: new AbortController().signal };
const NAMES = ['vllm:num_requests_running', 'vllm:time_to_first_token_seconds_sum'];
const BUCKETS = Array.from({ length: 2_000 }, (_, i) => `vllm:time_to_first_token_seconds_bucket{le="${i}"} 1\n`);

/** A host whose shell finds no curl. */
class BareHost extends LocalHost {
  override run(script: string, options?: RunOptions) {
    return super.run(`PATH=/nonexistent\n${script.replace(/^sh /, '/bin/sh ')}`, options);
  }
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serverThat(answers: RequestListener): Promise<number> {
  const server = createServer(answers);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const healthy = (running: number) =>
  serverThat(({ url }, response) => {
    if (url === '/health') response.end();
    else response.end(`${BUCKETS.join('')}${NAMES[0]}{engine="0"} ${running}\n${NAMES[0]}{engine="1"} 1\n`);
  });
const question = (port: number) => ({ port, path: '/health', metrics: '/metrics' });

describe.each([
  ['by curl on the host', new LocalHost('here')],
  ['through the connection where the host has no curl', new BareHost('here')],
])('servers of a host, %s', (_, host) => {
  it('give their health and their metrics at once', async () => {
    const ports = await Promise.all([healthy(3), healthy(4)]);
    const answers = await probeServers(host, ports.map(question), NAMES, LIMITS);
    expect(answers.map(({ problem, isLate }) => [problem, isLate])).toEqual([
      [null, false],
      [null, false],
    ]);
    expect(answers.map(({ metrics }) => metrics?.split('\n').filter((line) => line.startsWith(NAMES[0]!)))).toEqual([
      [`${NAMES[0]}{engine="0"} 3`, `${NAMES[0]}{engine="1"} 1`],
      [`${NAMES[0]}{engine="0"} 4`, `${NAMES[0]}{engine="1"} 1`],
    ]);
  });

  it('have no metrics where they refuse them, and are well where they need a key', async () => {
    const locked = await serverThat((_, response) => void response.writeHead(401).end(`${NAMES[0]} 3\n`));
    const without = await serverThat(({ url }, response) => {
      response.writeHead(url === '/health' ? 200 : 404).end('{}');
    });
    const sick = await serverThat((_, response) => void response.writeHead(503).end());
    expect(await probeServers(host, [locked, without, sick].map(question), NAMES, LIMITS)).toEqual([
      { problem: null, isLate: false, metrics: null, metricsStatus: 401 },
      { problem: null, isLate: false, metrics: null, metricsStatus: 404 },
      { problem: '/health answers 503', isLate: false, metrics: null, metricsStatus: 503 },
    ]);
  });

  it('that hang or are gone are distinguished, and take nothing from the others', async () => {
    const hangs = await serverThat(() => {});
    const gone = await freePort();
    const fine = await healthy(1);
    const answers = await probeServers(host, [hangs, gone, fine].map(question), NAMES, LIMITS);
    expect(answers.map(({ problem, isLate }) => [problem, isLate])).toEqual([
      [`http://here:${hangs}/health did not answer within 1 s`, true],
      [`nothing accepts connections on port ${gone} of here`, false],
      [null, false],
    ]);
    expect(answers[2]!.metrics).toContain('vllm:num_requests_running');
  });
});

describe('metrics of a host with curl', unless(NO_CURL), () => {
  it('leave what is not asked for on the host, and take one round trip', async () => {
    const host = new LocalHost('here');
    const ports = await Promise.all([healthy(3), healthy(4), healthy(5)]);
    const answers = await probeServers(host, ports.map(question), NAMES, LIMITS);
    expect(host.meter.roundTrips).toBe(1);
    expect(answers.reduce((bytes, { metrics }) => bytes + (metrics ?? '').length, 0)).toBeLessThan(1_000);
  });
});
