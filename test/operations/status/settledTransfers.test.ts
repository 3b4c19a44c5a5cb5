import { expect, it } from 'vitest';
import type { TransferState } from '../../../src/facts/transfers/proveTransfers.ts';
import { settledTransfers } from '../../../src/operations/status/settledTransfers.ts';
import type { NodeStatus, State } from '../../../src/operations/status/types.ts';
import type { NodeName } from '../../../src/topology/topology.ts';

const WORK = 'while root@build1 works on it (restart, run r7)';
const nodesOf = (p1: State): readonly NodeStatus[] =>
  Object.entries({ p0: 'serving', p1, d0: 'serving' }).map(([node, state]) => ({ node, state }) as NodeStatus);
const pair = (prefill: string, state: TransferState) => ({
  prefill: prefill as NodeName,
  decode: 'd0' as NodeName,
  state,
  reason: state === 'missing' ? 'd0 counted failed transfers' : '',
});
const missing = (...pairs: readonly ReturnType<typeof pair>[]) => ({ state: 'missing', reason: 'why', pairs }) as const;

it.each([
  ['between servers that serve', missing(pair('p0', 'missing'), pair('p1', 'proven')), 'serving', null],
  ['between others than the one that does not serve', missing(pair('p0', 'missing')), 'dead', null],
  ['through the proxy, while every node serves', missing(), 'serving', null],
] as const)('a transfer is missing %s', (_, transfers, p1, work) => {
  expect(settledTransfers(transfers, nodesOf(p1), work)).toBe(transfers);
});

it.each([
  ['while a run works on the cluster', missing(pair('p0', 'missing')), 'serving', WORK, `why, ${WORK}`],
  ['with a server that is not serving', missing(pair('p1', 'missing')), 'starting', null, 'why, p1 not serving'],
  ['through the proxy, while a node is not serving', missing(), 'dead', null, 'why, p1 not serving'],
] as const)('nothing follows from one that is missing %s', (_, transfers, p1, work, reason) => {
  const found = settledTransfers(transfers, nodesOf(p1), work);
  expect(found).toMatchObject({ state: 'unclear', reason });
  expect(found!.pairs.map(({ state }) => state)).toEqual(transfers.pairs.map(() => 'unclear'));
});

it('other findings stay as they are', () => {
  expect(settledTransfers(null, nodesOf('dead'), WORK)).toBe(null);
  const proven = { state: 'proven', reason: '', pairs: [] } as const;
  expect(settledTransfers(proven, nodesOf('dead'), WORK)).toBe(proven);
});
