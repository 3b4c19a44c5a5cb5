import { describe, expect, it } from 'vitest';
import { parseLoadCsv, toolUnits, writeLoadCsv } from '../../../src/placement/formats/csv.ts';
import { countsFileName } from '../../../src/placement/formats/patternNames.ts';
import fc from '../../fakes/fastCheck.ts';
import { loadOf } from '../fixtures.ts';

describe('the CSV of the pattern tool', () => {
  it('has a line per layer and a column per expert, summed over episodes', () => {
    expect(
      writeLoadCsv(
        loadOf([
          [
            [1, 2],
            [3, 4],
          ],
          [
            [10, 20],
            [30, 40],
          ],
        ]),
      ),
    ).toBe(',ep_0,ep_1\nlayer_0,11,22\nlayer_1,33,44\n');
  });

  it('reads back as the load it was written from', () => {
    const loads = fc
      .record({ layers: fc.integer({ min: 1, max: 4 }), experts: fc.integer({ min: 1, max: 5 }) })
      .chain(({ layers, experts }) => {
        const size = layers * experts;
        return fc
          .array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: size, maxLength: size })
          .map((values) => ({ episodes: 1, layers, experts, tokens: Float64Array.from(values) }));
      });
    fc.assert(
      fc.property(loads, (load) => {
        expect(parseLoadCsv(writeLoadCsv(load))).toEqual(load);
      }),
    );
  });

  it('may have carriage returns, a byte order mark and decimals', () => {
    expect(parseLoadCsv('\uFEFF,ep_0,ep_1\r\nlayer_0,1.0,2.5\r\n')).toEqual(loadOf([[[1, 2.5]]]));
  });

  it.each([
    ['', 'line 1: the header must be ,ep_0,ep_1.. as the pattern tool writes it'],
    [',ep_1\nlayer_0,1\n', 'line 1: the header must be ,ep_0,ep_1.. as the pattern tool writes it'],
    [',ep_0\n', 'the CSV has a header but no layers'],
    [',ep_0\nlayer_1,1\n', 'line 2: expected layer_0 and 1 counts, found layer_1 and 1'],
    [',ep_0,ep_1\nlayer_0,1\n', 'line 2: expected layer_0 and 2 counts, found layer_0 and 1'],
    [',ep_0\nlayer_0,-1\n', 'line 2, column ep_0: "-1" is no count from 0 to 2^53'],
    [',ep_0\nlayer_0,x\n', 'line 2, column ep_0: "x" is no count from 0 to 2^53'],
    [',ep_0\nlayer_0,\n', 'line 2, column ep_0: "" is no count from 0 to 2^53'],
  ])('refuses %j', (text, message) => {
    expect(() => parseLoadCsv(text)).toThrow(expect.objectContaining({ code: 'bad-file', message }));
  });

  it('is named by time, mode and range, and counts in steps of 128 tokens', () => {
    expect(countsFileName({ timestamp: '20250619_095310', collecting: 'decode', steps: [2, 9] })).toBe(
      'topk_ids_count_20250619_095310_decode_step2to9.csv',
    );
    expect([0, 1, 128, 129].map(toolUnits)).toEqual([0, 1, 1, 2]);
  });
});
