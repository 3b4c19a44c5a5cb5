import { describe, expect, it } from 'vitest';
import { assignRows } from '../../src/placement/assignment.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

describe('assignRows', () => {
  it('finds the cheapest of all assignments', () => {
    const squares = fc
      .integer({ min: 1, max: 6 })
      .chain((size) => fc.array(fc.integer({ min: -5, max: 9 }), { minLength: size * size, maxLength: size * size }));
    fc.assert(
      fc.property(squares, (values) => {
        const size = Math.sqrt(values.length);
        const columns = [...assignRows(Float64Array.from(values), size)];
        expect(columns.toSorted((a, b) => a - b)).toEqual(columns.map((_, i) => i));
        const total = columns.reduce((sum, column, row) => sum + values[row * size + column]!, 0);
        expect(total).toBe(cheapest(values, size, 0, new Set()));
      }),
      runs(200, 10_000),
    );
  });

  it('leaves everything where it is when all costs are equal but the diagonal', () => {
    const cost = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 0 : 1));
    expect([...assignRows(cost, 4)]).toEqual([0, 1, 2, 3]);
  });
});

function cheapest(values: number[], size: number, row: number, used: Set<number>): number {
  if (row === size) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let column = 0; column < size; column++) {
    if (used.has(column)) continue;
    used.add(column);
    least = Math.min(least, values[row * size + column]! + cheapest(values, size, row + 1, used));
    used.delete(column);
  }
  return least;
}
