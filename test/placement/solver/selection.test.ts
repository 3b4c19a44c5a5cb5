import { expect, test } from 'vitest';
import { selectExperts } from '../../../src/placement/solver/selection.ts';

// [episode][expert]; the mean load of experts 0, 1 and 2 is the same
const tokens = Float64Array.of(...[40, 80, 0, 80, 40, 40], ...[40, 0, 80, 20, 20, 120]);
const load = { episodes: 2, layers: 1, experts: 6, tokens };

test('with one episode the need of an expert is its load in mean rank loads', () => {
  const once = { ...load, episodes: 1, tokens: tokens.slice(0, 6) };
  const [selection] = selectExperts({ load: once, ranks: 4, slotsPerRank: 2 });
  expect([...selection!.share]).toEqual([40, 80, 0, 80, 40, 40].map((value) => value / 280));
  expect([...selection!.need]).toEqual([40, 80, 0, 80, 40, 40].map((value) => (value / 280) * 4));
  expect([...selection!.copies]).toEqual([1, 2, 1, 2, 1, 1]);
});

test('an expert that is hot now and then needs more than a steady one of the same share', () => {
  const [selection] = selectExperts({ load, ranks: 4, slotsPerRank: 2 });
  const { need, variation, share } = selection!;
  expect(share[1]).toBeCloseTo(share[0]!, 12);
  expect(variation[0]).toBe(0);
  expect(variation[1]).toBeCloseTo(1, 12);
  expect(need[1]).toBeGreaterThan(1.5 * need[0]!);
});

test('an expert that is hot when the load is concentrated needs more than one that is hot when it is spread', () => {
  const [selection] = selectExperts({ load, ranks: 4, slotsPerRank: 2 });
  expect(selection!.comovement[1]).toBeCloseTo(-1, 12);
  expect(selection!.comovement[2]).toBeCloseTo(1, 12);
  expect(selection!.need[2]).toBeGreaterThan(selection!.need[1]!);
});

test('experts are ordered by need per copy, the next to gain from a slot first', () => {
  const [selection] = selectExperts({ load, ranks: 4, slotsPerRank: 2 });
  const perCopy = [...selection!.order].map((expert) => selection!.need[expert]! / selection!.copies[expert]!);
  expect(perCopy).toEqual([...perCopy].sort((a, b) => b - a));
  expect(selection!.copies.reduce((sum, count) => sum + count, 0)).toBe(8);
});
