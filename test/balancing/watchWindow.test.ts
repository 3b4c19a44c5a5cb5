import { describe, expect, it } from 'vitest';
import { readWindow } from '../../src/balancing/watchWindow.ts';
import { basePlacement, DUMP_WINDOWS } from '../../src/placement/index.ts';

// 1 layer, 4 experts on 4 ranks
const BASE = basePlacement(1, 4, 4);

describe('a window of the watch', () => {
  it('tells the load of each expert and the PAR of the ranks', () => {
    expect(read([400, 300, 300, 200])).toEqual({
      kind: 'load',
      tokens: Float64Array.of(400, 300, 300, 200),
      par: 4 / 3,
    });
  });

  it('without a token is idle', () => {
    expect(read([0, 0, 0, 0])).toEqual({ kind: 'idle' });
  });

  it('of so few tokens that chance would make it uneven is idle too', () => {
    // 2 ln 4 / 0.01 = 277.3 per rank
    expect(read([277, 277, 277, 277]).kind).toBe('idle');
    expect(read([278, 278, 278, 278]).kind).toBe('load');
    expect(read([8, 0, 0, 0]).kind).toBe('idle');
  });

  it('that is cut off or of another shape is damaged', () => {
    expect(readWindow(Buffer.from('1\t2'), BASE, DUMP_WINDOWS)).toMatchObject({ kind: 'damaged' });
    expect(read([1, 2, 3])).toMatchObject({ kind: 'damaged' });
  });
});

function read(tokens: readonly number[]) {
  return readWindow(Buffer.from(`${tokens.map((count) => `${count}\t`).join('')}\n`), BASE, DUMP_WINDOWS);
}
