import { expect, it } from 'vitest';
import { nodeRow } from '../../src/report/nodeRow.ts';

const WHAT = 'd0   10.0.0.3  install 3 wheels in omniplace_decode_d0';

it('shows all of a row that has room', () => {
  expect(nodeRow(WHAT, 'changed  2.9 s', 80)).toBe(`${WHAT}  changed  2.9 s`);
});

it('shows what came of a step on a narrow terminal, too', () => {
  const row = nodeRow(WHAT, 'changed  2.9 s', 60);
  expect(row).toBe('d0   10.0.0.3  install 3 wheels in om…  changed  2.9 s');
  expect(row.length).toBe(54);
});
