import { expect, it } from 'vitest';
import { transferWords } from '../../../src/facts/transfers/transferWords.ts';
import type { NodeName } from '../../../src/topology/topology.ts';

const pair = { prefill: 'p0' as NodeName, decode: 'd0' as NodeName, state: 'proven', reason: '' } as const;
const words = (asked: number, pairTotal?: number) =>
  transferWords({
    state: 'proven',
    reason: '',
    pairs: Array.from({ length: asked }, () => pair),
    ...(pairTotal !== undefined && { pairTotal }),
  });

it('a proof names how many pairs were asked, and of how many', () => {
  expect([words(0), words(1), words(4), words(5, 25)]).toEqual([
    'KV transfer: proven',
    'KV transfer: proven for 1 pair',
    'KV transfer: proven for 4 pairs',
    'KV transfer: proven for 5 of 25 pairs',
  ]);
});
