import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { solveInParts } from '../../../src/operations/pattern/solveInParts.ts';
import { PlacementError, place } from '../../../src/placement/index.ts';

const [episodes, layers, experts] = [3, 7, 32];
const tokens = Float64Array.from({ length: episodes * layers * experts }, (_, i) => ((i * 7919) % 101) ** 2);
const load = { episodes, layers, experts, tokens };
const problem = { load, ranks: 8, ranksPerHost: 4, slotsPerRank: 5, split: 'affine' as const, seed: 3, effort: 0.1 };
const signal = new AbortController().signal;

// `npm run build` makes what threads load
const THREADS = resolve('dist/operations/pattern/solveWorker.js');

describe.each([
  ['in threads', THREADS],
  ['in this thread', null],
])('a model that is solved in parts, %s', (_, worker) => {
  it('is placed as it is in one piece', async () => {
    const whole = place(problem);
    const parts = await solveInParts(problem, signal, worker);
    expect([...parts.slotExpert]).toEqual([...whole.slotExpert]);
    expect([parts.layers, parts.ranks, parts.experts]).toEqual([layers, 8, experts]);
  });

  it('is refused as it is in one piece', async () => {
    const tight = { ...problem, slotsPerRank: 3 };
    await expect(solveInParts(tight, signal, worker)).rejects.toThrow(PlacementError);
  });

  it('is given up when it is interrupted', async () => {
    await expect(solveInParts(problem, AbortSignal.abort(), worker)).rejects.toThrow('This operation was aborted');
  });
});
