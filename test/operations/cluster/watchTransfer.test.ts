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

/** Decode that answers these metrics, one after the other. */
async function lineOf(...answers: readonly (readonly [queries: number, hits: number, failed: number] | number)[]) {
  let asked = 0;
  const server = createServer((_, response) => {
    const answer = answers[asked++] ?? 500;
    if (typeof answer === 'number') return void response.writeHead(answer).end('vllm:num_requests_running 1\n');
    const [queries, hits, failed] = answer;
    response.end(
      `${vllmTransfers.queries}{engine="0"} ${queries}.0\n${vllmTransfers.hits}{engine="0"} ${hits}.0\n${vllmTransfers.failed[0]} ${failed}.0\n`,
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const decode = [{ node: 'd0' as NodeName, host: '127.0.0.1', port }];
  const transferred = await watchTransfer({ decode, counters: vllmTransfers, metrics: '/metrics' });
  return loadTransferLine(await transferred());
}

describe('the transfer of a load', () => {
  it('is the share of prompt tokens that decode had from prefill', async () => {
    expect(await lineOf([100, 90, 0], [1_100, 1_070, 0])).toBe(
      'KV transfer: decode had 98 % of 1000 prompt tokens from prefill',
    );
  });

  it.each([
    [[100, 90, 0], [1_100, 120, 0], 'it had 3 % of 1000 prompt tokens from prefill'],
    [[100, 90, 0], [100, 90, 0], 'it asked no KV connector'],
    [[0, 0, 0], [1_000, 1_000, 2], 'it had 100 % of 1000 prompt tokens from prefill, and counted 2 failed transfers'],
  ] as const)('is missing where decode computed prompts by itself: %j to %j', async (before, after, reason) => {
    expect(await lineOf(before, after)).toBe(`DEGRADED: decode does not receive KV from prefill: ${reason}`);
  });

  it('is not provable where counters can not be read or began again, and nothing where nothing is apart', async () => {
    expect(await lineOf(200)).toBe('KV transfer: not provable (d0 exports no vllm:external_prefix_cache_hits_total)');
    expect(await lineOf(401)).toBe('KV transfer: not provable (d0 answers 401 at /metrics)');
    expect(await lineOf([100, 90, 0], [10, 10, 0])).toBe('KV transfer: not provable (decode restarted meanwhile)');
    const unprovable = await watchTransfer({ unprovable: 'it does not count it' });
    expect(loadTransferLine(await unprovable())).toBe('KV transfer: not provable (it does not count it)');
    expect(loadTransferLine(await (await watchTransfer(null))())).toBe(null);
  });
});
