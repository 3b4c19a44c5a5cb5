import { expect, test } from 'vitest';
import { Random } from '../../../src/placement/random.ts';
import { countSources } from '../../../src/placement/solver/affineShares.ts';

test('a lone copy serves every source rank', () => {
  expect(sourcesOf(32, 16, [5])).toEqual([32]);
});

test('a lone copy on a host serves the whole host, however many copies the other host has', () => {
  expect(sourcesOf(32, 16, [0, 1, 16])).toEqual([8, 8, 16]);
});

test('aligned copies share evenly, a host without a copy included', () => {
  expect(sourcesOf(48, 16, [0, 1, 16, 17])).toEqual([12, 12, 12, 12]);
});

test('copies out of turn share unevenly, because a holder uses its own', () => {
  expect(sourcesOf(16, 16, [0, 2])).toEqual([7, 9]);
});

test('every source rank is counted where the routing rules send it, on 2000 random hosts and copies', () => {
  const random = new Random(1);
  for (let round = 0; round < 2000; round++) {
    const ranks = 1 + random.below(40);
    const perHost = 1 + random.below(17);
    const holders: number[] = [];
    for (let rank = 0; rank < ranks; rank++) if (random.below(4) === 0) holders.push(rank);
    if (holders.length === 0) holders.push(random.below(ranks));
    const expected = holders.map(() => 0);
    for (let source = 0; source < ranks; source++) expected[routeOf(source, perHost, holders)]! += 1;
    expect(sourcesOf(ranks, perHost, holders)).toEqual(expected);
  }
});

function sourcesOf(ranks: number, ranksPerHost: number, holders: readonly number[]): number[] {
  const sources = new Int32Array(holders.length);
  countSources({ ranks, ranksPerHost }, Int32Array.from(holders), 0, holders.length, sources);
  return [...sources];
}

/** The selector's rules, one source at a time. */
function routeOf(source: number, perHost: number, holders: readonly number[]): number {
  const own = holders.indexOf(source);
  if (own >= 0) return own;
  const host = Math.floor(source / perHost);
  const near = holders.filter((rank) => Math.floor(rank / perHost) === host);
  const candidates = near.length > 0 ? near : holders;
  return holders.indexOf(candidates[source % candidates.length]!);
}
