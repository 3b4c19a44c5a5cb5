import { expect, it } from 'vitest';
import type { ListedGeneration } from '../../../src/operations/rollback/listGenerations.ts';
import { generationsText } from '../../../src/operations/rollback/text.ts';

const listed = (more: Partial<ListedGeneration>): ListedGeneration => ({
  generation: 'a'.repeat(64),
  run: '20261121-120000-aaaa',
  by: 'ann@build1',
  at: '2026-11-21T12:00:00.000Z',
  file: '/home/ann/cluster.yml',
  digest: 'd',
  overrides: [],
  keys: [],
  missingOn: [],
  isDesired: false,
  isNext: false,
  ...more,
});

it('lists generations with what each changed, and hosts that did not answer', () => {
  const generations = [
    listed({ isDesired: true, keys: ['decode.max_model_len 4096 -> 2048'], overrides: ['services.name=r1'] }),
    listed({ generation: 'b'.repeat(64), run: 'r-b', at: null, by: null, isNext: true, missingOn: ['10.0.0.7'] }),
  ];
  expect(generationsText({ generations, silent: [{ host: '10.0.0.9', problem: 'no route' }] }).split('\n')).toEqual([
    '   run                   first served             generation    by',
    '*  20261121-120000-aaaa  2026-11-21 12:00:00 UTC  aaaaaaaaaaaa  ann@build1  what the hosts should run',
    '     decode.max_model_len 4096 -> 2048',
    '     with -e services.name=r1',
    '   r-b                   -                        bbbbbbbbbbbb  -           rollback goes here; not kept on 10.0.0.7',
    'no answer of 10.0.0.9: no route',
  ]);
  expect(generationsText({ generations: [], silent: [] })).toBe('No generation that served is kept on the hosts.');
});
