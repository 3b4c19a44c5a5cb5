import { describe, expect, it } from 'vitest';
import type { Pair, PairServer } from '../../../src/engines/pairs.ts';
import type { TransferRequest } from '../../../src/engines/transferRequest.ts';
import { vllmTransfers } from '../../../src/engines/vllm/vllmMetrics.ts';
import { FRESH_PROMPT_WORDS, freshPrompt } from '../../../src/facts/transfers/freshPrompt.ts';
import { proveTransfers, type SentPrompt } from '../../../src/facts/transfers/proveTransfers.ts';
import { judgeTransfers, type TransferCounts, transferCountsIn } from '../../../src/facts/transfers/transferCounts.ts';
import type { NodeName } from '../../../src/topology/topology.ts';

const counts = (queries: number, hits: number, failed = 0): TransferCounts => ({
  ...{ queries, hits, failed },
  startS: null,
});
const BEFORE = counts(10_000, 9_000, 2);

describe('the counters of decode', () => {
  it('are summed over its engines', () => {
    const text = [
      'vllm:external_prefix_cache_queries_total{engine="0"} 300.0',
      'vllm:external_prefix_cache_queries_total{engine="1"} 200.0',
      'vllm:external_prefix_cache_hits_total{engine="0"} 1e2',
      'vllm:external_prefix_cache_hits_created{engine="0"} 1.7e9',
      'vllm:nixl_num_failed_transfers_total{engine="1"} 3',
    ].join('\n');
    expect(transferCountsIn(text, vllmTransfers)).toEqual(counts(500, 100, 3));
    expect(transferCountsIn('vllm:num_requests_running 1', vllmTransfers)).toBe(null);
  });

  it.each([
    ['a prompt that was had from elsewhere, but for its last block', counts(10_300, 9_288, 2), 'moved'],
    ['a prompt of which only whole chunks were had', counts(10_300, 9_256, 2), 'moved'],
    ['a prompt that was computed', counts(10_300, 9_000, 2), 'computed'],
    ['a prompt among others that were all had', counts(90_300, 89_280, 2), 'moved'],
    ['a prompt among others that may hide it', counts(90_300, 49_000, 2), 'mixed'],
    ['a prompt that was not looked for elsewhere', counts(10_000, 9_000, 2), 'uncounted'],
    ['a transfer that failed, though it was counted as had', counts(10_300, 9_300, 3), 'failed'],
    ['a failed transfer among others, that may be one of theirs', counts(110_300, 109_300, 3), 'mixed'],
    ['a server that restarted', counts(300, 300, 0), 'restarted'],
  ])('show %s', (_, after, verdict) => {
    expect(judgeTransfers([BEFORE], [after], [300])).toBe(verdict);
  });

  it('show a restart of one server that others hide in a sum, and one that counts more than before', () => {
    const [idle, busy] = [counts(0, 0), counts(50_000, 50_000)];
    expect(judgeTransfers([BEFORE, idle], [counts(300, 300, 2), busy], [300])).toBe('restarted');
    const started = (startS: number) => ({ ...counts(startS * 300, startS * 300), startS });
    expect(judgeTransfers([started(1)], [started(2)], [300])).toBe('restarted');
    expect(judgeTransfers([{ ...BEFORE, startS: 7 }], [{ ...counts(10_300, 9_288, 2), startS: 7 }], [300])).toBe(
      'moved',
    );
  });

  it('prove several prompts only when none of them was computed', () => {
    expect(judgeTransfers([BEFORE], [counts(10_600, 9_570, 2)], [300, 300])).toBe('moved');
    expect(judgeTransfers([BEFORE], [counts(10_600, 9_300, 2)], [300, 300])).toBe('computed');
  });
});

it('a prompt is new each time, and of more than two blocks', () => {
  expect(freshPrompt()).not.toBe(freshPrompt());
  expect(freshPrompt().split(' ').length).toBe(FRESH_PROMPT_WORDS);
  expect(FRESH_PROMPT_WORDS).toBeGreaterThan(2 * 128);
});

const serverOf = (node: string): PairServer => ({ node: node as NodeName, host: `host-${node}`, port: 8_000 });
const requestOf = (prefill: readonly string[], decode: readonly string[]): TransferRequest => ({
  model: 'm',
  counters: vllmTransfers,
  metrics: '/metrics',
  entrances: [{ host: 'host-c0', port: 80, called: 'the proxy' }],
  pairs: prefill.flatMap((from) =>
    decode.map((to): Pair => ({ protocol: { prefill: {} }, prefill: serverOf(from), decode: serverOf(to) })),
  ),
  decode: decode.map(serverOf),
});

type Done = 'pulls' | 'computes' | 'ignores' | 'fails' | 'answers an error, as its transfer failed';

interface World {
  /** What decode does with a prompt of a prefill instance; `proxy`: of the router. */
  readonly does: (prefill: string, decode: string) => Done | SentPrompt;
  /** What happens at a decode server besides, with each prompt. */
  readonly others?: (decode: string, time: number) => TransferCounts;
  readonly unreadable?: string;
}

/** Findings in a world, and how many prompts it took. */
async function foundIn(request: TransferRequest, { does, others, unreadable }: World) {
  const counted = new Map<string, TransferCounts>();
  let sent = 0;
  const add = (decode: string, more: TransferCounts) => {
    const now = counted.get(decode) ?? counts(0, 0);
    counted.set(decode, counts(now.queries + more.queries, now.hits + more.hits, now.failed + more.failed));
  };
  const send = (prefill: string, decode: string): SentPrompt => {
    sent += 1;
    if (others !== undefined) add(decode, others(decode, sent));
    const done = does(prefill, decode);
    if (typeof done !== 'string') return done;
    if (done === 'pulls') add(decode, counts(300, 299));
    if (done === 'computes') add(decode, counts(300, 0));
    if (done.includes('fail')) add(decode, counts(300, 299, 1));
    return done.startsWith('answers') ? { problem: `${decode} answered 500` } : { tokens: 300 };
  };
  const findings = await proveTransfers(request, {
    counts: async (servers) => unreadable ?? servers.map(({ node }) => counted.get(node) ?? counts(0, 0)),
    pair: async ({ prefill, decode }) => send(prefill.node, decode.node),
    entrance: async () => send('proxy', request.decode[0]!.node),
    wait: async () => {},
  });
  return { ...findings, sent };
}

describe('the transfer of KV caches', () => {
  it('is proven through the router and for each pair, with a prompt each', async () => {
    const { state, reason, pairs, sent } = await foundIn(requestOf(['p0', 'p1'], ['d0', 'd1']), {
      does: () => 'pulls',
    });
    expect([state, reason, sent]).toEqual(['proven', '', 5]);
    expect(pairs.map(({ prefill, decode, state: of }) => `${prefill} ${decode} ${of}`)).toEqual([
      'p0 d0 proven',
      'p1 d0 proven',
      'p0 d1 proven',
      'p1 d1 proven',
    ]);
  });

  it('is missing where decode computes prompts by itself, and names the pairs', async () => {
    const does = (prefill: string, decode: string) =>
      prefill === 'p1' && decode === 'd0' ? ('computes' as const) : ('pulls' as const);
    const { state, reason } = await foundIn(requestOf(['p0', 'p1'], ['d0', 'd1']), { does });
    expect([state, reason]).toEqual([
      'missing',
      'p1 with d0: d0 computed the prompt by itself; 3 of 4 pairs transfer it',
    ]);
  });

  it.each([
    ['computes', 'p0 with d0: d0 computed the prompt by itself'],
    ['ignores', 'p0 with d0: d0 asked no KV connector for the prompt'],
    [
      { problem: 'p0 answered without a KV cache for d0', isWithoutCache: true },
      'p0 with d0: p0 answered without a KV cache for d0',
    ],
    ['fails', 'p0 with d0: d0 counted failed transfers'],
    ['answers an error, as its transfer failed', 'p0 with d0: d0 counted failed transfers'],
  ] as const)('has a reason where it can be known: %j', async (done, reason) => {
    expect(await foundIn(requestOf(['p0'], ['d0']), { does: () => done })).toMatchObject({ state: 'missing', reason });
  });

  it('is missing where only the router does not lead it', async () => {
    const does = (prefill: string) => (prefill === 'proxy' ? ('computes' as const) : ('pulls' as const));
    expect(await foundIn(requestOf(['p0'], ['d0']), { does })).toMatchObject({
      state: 'missing',
      reason: 'decode computed the prompt by itself; pairs asked without the proxy transfer it: the proxy is at fault',
    });
  });

  it('is judged only through the router where that cannot be left out', async () => {
    expect(await foundIn(requestOf([], ['d0']), { does: () => 'pulls' })).toMatchObject({ state: 'proven', sent: 1 });
    expect(await foundIn(requestOf([], ['d0']), { does: () => 'computes' })).toMatchObject({
      state: 'missing',
      reason: 'decode computed the prompt by itself',
    });
  });

  it('is measured at each server of a node, which have counters of their own, and has how many pairs there are', async () => {
    const [one] = requestOf(['p0'], ['d0']).pairs;
    const pairs = [one!, { ...one!, decode: { ...one!.decode, port: 8_001 } }];
    const measured: number[] = [];
    const { pairTotal } = await proveTransfers(
      { ...requestOf([], ['d0']), pairs, pairTotal: 9 },
      {
        counts: async (servers) => {
          measured.push(...servers.map(({ port }) => port));
          return servers.map(() => counts(0, 0));
        },
        pair: async () => ({ problem: 'busy' }),
        entrance: async () => ({ problem: 'busy' }),
        wait: async () => {},
      },
    );
    expect([pairTotal, new Set(measured)]).toEqual([9, new Set([8_000, 8_001])]);
  });

  it('is tried again while other requests hide it, and then called unclear', async () => {
    const busy = (_: string, time: number) => (time < 3 ? counts(5_000, 400) : counts(0, 0));
    expect(await foundIn(requestOf([], ['d0']), { does: () => 'pulls', others: busy })).toMatchObject({
      state: 'proven',
      sent: 3,
    });
    const always = () => counts(5_000, 400);
    expect(await foundIn(requestOf(['p0'], ['d0']), { does: () => 'pulls', others: always })).toMatchObject({
      state: 'unclear',
      reason: 'other requests to decode hide it',
    });
  });

  it('is not condemned by a failed transfer of another request, nor by one that did not happen again', async () => {
    const others = (_: string, time: number) => (time < 3 ? counts(100_000, 100_000, 1) : counts(0, 0));
    expect(await foundIn(requestOf([], ['d0']), { does: () => 'pulls', others })).toMatchObject({
      state: 'proven',
      sent: 3,
    });
    const once = (_: string, time: number) => counts(0, 0, time === 1 ? 1 : 0);
    expect(await foundIn(requestOf([], ['d0']), { does: () => 'pulls', others: once })).toMatchObject({
      state: 'proven',
      sent: 2,
    });
  });

  it.each([
    'd0 did not answer within 10 s',
    'connect ECONNREFUSED 10.0.0.1:9000',
    'p0 answered 429: Too many requests',
    "d0 answered 400: This model's maximum context length is 256 tokens",
  ])('is unclear where a request fails, whatever the reason: %s', async (problem) => {
    const pair = (prefill: string) => (prefill === 'proxy' ? ('pulls' as const) : { problem });
    expect(await foundIn(requestOf(['p0'], ['d0']), { does: pair })).toMatchObject({
      state: 'unclear',
      reason: problem,
    });
    const proxy = (prefill: string) => (prefill === 'proxy' ? { problem } : ('pulls' as const));
    expect(await foundIn(requestOf(['p0'], ['d0']), { does: proxy })).toMatchObject({
      state: 'unclear',
      reason: problem,
    });
  });

  it('of a dead prefill server is unclear, and of the others is known', async () => {
    const does = (prefill: string) => (prefill === 'p1' ? { problem: 'p1 refuses connections' } : ('pulls' as const));
    const { pairs } = await foundIn(requestOf(['p0', 'p1'], ['d0']), { does });
    expect(pairs.map(({ prefill, state, reason }) => [prefill, state, reason])).toEqual([
      ['p0', 'proven', ''],
      ['p1', 'unclear', 'p1 refuses connections'],
    ]);
  });

  it('is not provable where counters cannot be read', async () => {
    expect(
      await foundIn(requestOf(['p0'], ['d0']), { does: () => 'pulls', unreadable: 'd0 exports no x' }),
    ).toMatchObject({
      state: 'not-provable',
      reason: 'd0 exports no x',
      sent: 0,
    });
  });
});
