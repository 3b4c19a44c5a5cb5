import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { vllmTransfers } from '../../../src/engines/vllm/vllmMetrics.ts';
import { loadTransferLine, watchTransfer } from '../../../src/operations/cluster/watchTransfer.ts';
import type { NodeName } from '../../../src/topology/topology.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

type Answer = readonly [queries: number, hits: number, failed: number, startS?: number] | number;

/** The line of a load of three answered requests, with decode servers that answer these metrics, one after the other. */
async function lineOf(each: readonly (readonly Answer[])[], answered = 3) {
  const decode = await Promise.all(each.map(async (answers, i) => decodeThat(answers, `d${i}` as NodeName)));
  const transferred = await watchTransfer({ decode, counters: vllmTransfers, metrics: '/metrics' });
  return loadTransferLine(await transferred(answered));
}

async function decodeThat(answers: readonly Answer[], node: NodeName) {
  let asked = 0;
  const server = createServer((_, response) => {
    const answer = answers[asked++] ?? 500;
    if (typeof answer === 'number') return void response.writeHead(answer).end('vllm:num_requests_running 1\n');
    const [queries, hits, failed, startS] = answer;
    response.end(
      `${vllmTransfers.queries}{engine="0"} ${queries}.0\n${vllmTransfers.hits}{engine="0"} ${hits}.0\n${vllmTransfers.failed[0]} ${failed}.0\n${
        startS === undefined ? '' : `process_start_time_seconds ${startS}\n`
      }`,
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { node, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const MOVED = [
  [0, 0, 0],
  [500_000, 500_000, 0],
] as const;

describe('the transfer of a load', () => {
  it('is the share of prompt tokens that decode had from prefill, with failed transfers', async () => {
    const before = [100, 90, 0] as const;
    const line = 'KV transfer: decode had 98 % of 1000 prompt tokens from prefill';
    expect(await lineOf([[before, [1_100, 1_070, 0]]])).toBe(line);
    expect(await lineOf([[before, [1_100, 1_070, 1]]])).toBe(`${line}, and counted 1 failed transfer`);
    expect(await lineOf([[before, [1_100, 1_070, 2]]])).toBe(`${line}, and counted 2 failed transfers`);
  });

  it.each([
    [[100, 90, 0], [1_100, 120, 0], 'd0 had 3 % of 1000 prompt tokens from prefill'],
    [[100, 90, 0], [100, 90, 0], 'it asked no KV connector'],
  ] as const)('is missing where decode computed prompts by itself: %j to %j', async (before, after, reason) => {
    expect(await lineOf([[before, after]])).toBe(`DEGRADED: decode does not receive KV from prefill: ${reason}`);
  });

  it('is missing where one of several servers computed prompts by itself, which is named', async () => {
    const computed = [
      [0, 0, 0],
      [500_000, 0, 0],
    ] as const;
    expect(await lineOf([MOVED, computed])).toBe(
      'DEGRADED: decode does not receive KV from prefill: d1 had 0 % of 500000 prompt tokens from prefill; 1 of 2 decode servers receive it',
    );
  });

  it('is not judged by a server that restarted, whatever it counts now, nor by one with hardly a prompt', async () => {
    const idle = [
      [7, 7, 0],
      [10, 7, 0],
    ] as const;
    const line = 'KV transfer: decode had 100 % of 500000 prompt tokens from prefill';
    expect(await lineOf([MOVED, idle])).toBe(line.replace('500000', '500003'));
    for (const restarted of [
      [
        [1_000, 1_000, 0],
        [10, 0, 0],
      ],
      [
        [10, 10, 0, 1],
        [10_000, 10, 0, 2],
      ],
    ] as const)
      expect(await lineOf([restarted, MOVED])).toBe(`${line}; d0 restarted meanwhile`);
  });

  it('is not provable where counters can not be read or began again, and nothing where nothing is apart', async () => {
    expect(await lineOf([[200, 200]])).toBe(
      'KV transfer: not provable (d0 exports no vllm:external_prefix_cache_hits_total)',
    );
    expect(await lineOf([[401, 401]])).toBe('KV transfer: not provable (d0 answers 401 at /metrics)');
    expect(
      await lineOf([
        [
          [100, 90, 0],
          [10, 10, 0],
        ],
      ]),
    ).toBe('KV transfer: not provable (d0 restarted meanwhile)');
    const none = [
      [1, 1, 0],
      [1, 1, 0],
    ] as const;
    expect(await lineOf([none], 0)).toBe('KV transfer: not provable (no request of the load was answered)');
    const unprovable = await watchTransfer({ unprovable: 'it does not count it' });
    expect(loadTransferLine(await unprovable(1))).toBe('KV transfer: not provable (it does not count it)');
    expect(loadTransferLine(await (await watchTransfer(null))(1))).toBe(null);
  });
});
