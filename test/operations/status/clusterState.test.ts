import { describe, expect, it } from 'vitest';
import { clusterState, type Judged } from '../../../src/operations/status/clusterState.ts';
import type { NodeStatus, PairStatus, State, Token } from '../../../src/operations/status/types.ts';
import type { NodeName } from '../../../src/topology/topology.ts';

const TOKEN: Token = { text: ' Bob', tookMs: 79 };
const LOST: Token = { problem: 'the proxy answered 502: Bad Gateway' };
const LATE: Token = { problem: 'the proxy did not answer within 30 s', isLate: true };
const WORK = 'while root@build1 works on it (restart, run r7)';

const nodesOf = (states: Readonly<Record<string, State>>): readonly NodeStatus[] =>
  Object.entries(states).map(([node, state]) => ({ node, state }) as NodeStatus);
const ALL = nodesOf({ p0: 'serving', d0: 'serving', c0: 'serving' });

function verdict(change: Partial<Judged> & { readonly token?: Token }): string {
  const { token = TOKEN, ...judged } = change;
  const { state, reason } = clusterState({
    nodes: ALL,
    tokens: [token],
    pairs: [],
    transfers: null,
    slowMs: 2_000,
    work: null,
    ...judged,
  });
  return `${state}: ${reason}`;
}

describe('the state of a cluster', () => {
  it.each([
    ['serves when a token came and nothing is missing', {}, 'serving: a token came through in 79 ms'],
    [
      'is slow, and not dead, when its token took longer than the limit, which is named',
      { token: { text: 'a', tookMs: 2_600 } },
      'slow: a token came through in 2.6 s; over 2.0 s is slow (--slow)',
    ],
    [
      'serves when it answers that a key is missing',
      { token: { denied: 'it needs a key', tookMs: 3 } },
      'serving: it needs a key',
    ],
    [
      'is degraded when decode computes every prompt by itself',
      { transfers: { state: 'missing', reason: 'p0 with d0: d0 asked no KV connector for the prompt', pairs: [] } },
      'degraded: decode does not receive KV from prefill: p0 with d0: d0 asked no KV connector for the prompt',
    ],
    [
      'serves when it cannot be proven that KV caches are transferred',
      { transfers: { state: 'not-provable', reason: 'd0 exports no x', pairs: [] } },
      'serving: a token came through in 79 ms',
    ],
    [
      'is degraded when a part is missing',
      { nodes: nodesOf({ p0: 'dead', d0: 'unreachable', c0: 'serving' }) },
      'degraded: p0 dead; d0 unreachable',
    ],
    [
      'is in maintenance when a run works on what is missing',
      { nodes: nodesOf({ p0: 'starting', d0: 'serving', c0: 'serving' }), work: WORK },
      `maintenance: p0 starting, ${WORK}; a token came through in 79 ms`,
    ],
    [
      'is dead without a token, whoever works on it',
      { nodes: nodesOf({ p0: 'dead', d0: 'serving', c0: 'serving' }), token: LOST, work: WORK },
      'dead: no token: the proxy answered 502: Bad Gateway; p0 dead',
    ],
    [
      'is starting without a token while something starts and nothing is dead',
      { nodes: nodesOf({ p0: 'starting', d0: 'serving', c0: 'serving' }), token: LOST },
      'starting: no token: the proxy answered 502: Bad Gateway; p0 starting',
    ],
    [
      'is degraded, and not dead, when every node serves and the token is late',
      { token: LATE },
      'degraded: no token: the proxy did not answer within 30 s',
    ],
    [
      'is degraded when only one of its addresses gives a token',
      { tokens: [TOKEN, { problem: 'the server m1 answered 500' }] },
      'degraded: no token: the server m1 answered 500',
    ],
    [
      'is stopped when nothing runs',
      { nodes: nodesOf({ p0: 'stopped', d0: 'stopped' }), token: LOST },
      'stopped: nothing runs',
    ],
    [
      'is unreachable when no host is',
      { nodes: nodesOf({ p0: 'unreachable' }) },
      'unreachable: no host can be reached',
    ],
  ] satisfies [string, Parameters<typeof verdict>[0], string][])('%s', (_, change, expected) => {
    expect(verdict(change)).toBe(expected);
  });
});

describe('pairs that were asked without the proxy', () => {
  const pair = (prefill: NodeName, decode: NodeName, problem: string | null = null): PairStatus => ({
    prefill,
    decode,
    fault: problem === null ? null : prefill,
    problem,
  });
  const words = (...pairs: PairStatus[]) => verdict({ token: LOST, pairs }).replace(/^dead: no token: [^;]*; /, '');

  it('name the one at fault, and how many give a token', () => {
    expect(words(pair('p0', 'd0'), pair('p1', 'd0', 'p1 answered 500'))).toBe(
      'p1 with d0: p1 answered 500; 1 of 2 pairs give a token',
    );
  });

  it('put the fault on the proxy when all give a token', () => {
    expect(words(pair('p0', 'd0'))).toBe(
      'every pair gives a token when it is asked without the proxy: the proxy is at fault',
    );
  });

  it('are not all listed', () => {
    expect(words(...(['p0', 'p1', 'p2', 'p3', 'p4'] as const).map((p) => pair(p, 'd0', 'refused')))).toBe(
      'p0 with d0: refused; p1 with d0: refused; p2 with d0: refused; 2 more pairs fail',
    );
  });
});
