import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseNpy, parseNpyHeader, writeNpyInt32 } from '../../../src/placement/formats/npy.ts';
import fc from '../../fakes/fastCheck.ts';
import { golden } from '../golden.ts';

interface Case {
  name: string;
  base64: string;
  shape: number[];
  dtype: string;
  fortran: boolean;
  values: number[];
}
const { cases, refused } = golden<{ cases: Case[]; refused: { name: string; base64: string }[] }>('npy');

describe('reading what numpy wrote', () => {
  it.each(cases)('$name', ({ base64, shape, dtype, fortran, values }) => {
    const array = parseNpy(Buffer.from(base64, 'base64'));
    expect({ ...array, data: [...array.data] }).toEqual({ shape, dtype, fortran, data: values });
  });

  it.each(refused)('refuses $name', ({ base64 }) => {
    expect(() => parseNpy(Buffer.from(base64, 'base64'))).toThrow(expect.objectContaining({ code: 'bad-file' }));
  });

  it('says which value is too big', () => {
    const big = refused.find(({ name }) => name === 'big i8')!;
    expect(() => parseNpy(Buffer.from(big.base64, 'base64'))).toThrow(
      'value 1 of the data is 9007199254740993; integers beyond 2^53 would lose digits',
    );
  });

  it('reads the header from the beginning of a file', () => {
    const file = writeNpyInt32([4, 58, 256], new Int32Array(4 * 58 * 256));
    expect(parseNpyHeader(file.subarray(0, 128))).toEqual({
      shape: [4, 58, 256],
      dtype: '<i4',
      fortran: false,
      dataOffset: 128,
      itemBytes: 4,
    });
  });
});

describe('refusing', () => {
  const whole = writeNpyInt32([2, 3], [1, 2, 3, 4, 5, 6]);
  const withHeader = (dictionary: string) => {
    const file = whole.slice();
    file.set(new TextEncoder().encode(dictionary.padEnd(117)), 10);
    return file;
  };

  it('a file that is no .npy', () => {
    expect(() => parseNpy(new TextEncoder().encode('PK\x03\x04 something'))).toThrow(
      'not a .npy file: it does not begin with \\x93NUMPY',
    );
  });

  it('a truncated file, naming the bytes', () => {
    expect(() => parseNpy(whole.subarray(0, 150))).toThrow(
      'the file is truncated: shape (2, 3) of <i4 needs 24 bytes of data, found 22',
    );
    expect(() => parseNpy(whole.subarray(0, 60))).toThrow(
      'the file is truncated: its header ends at byte 128, the file at 60',
    );
  });

  it('bytes after the data', () => {
    const longer = new Uint8Array(whole.length + 3);
    longer.set(whole);
    expect(() => parseNpy(longer)).toThrow(
      'the file has bytes after its data: shape (2, 3) of <i4 needs 24 bytes of data, found 27',
    );
  });

  it('an unknown version', () => {
    const file = whole.slice();
    file[6] = 4;
    expect(() => parseNpy(file)).toThrow('.npy version 4.0 is unknown; versions 1 to 3 are read');
  });

  it('a shape that no file could hold, before any memory is taken', () => {
    expect(() =>
      parseNpy(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }")),
    ).toThrow('shape (99999999999, 99999999999) holds more values than can be counted');
    expect(() => parseNpy(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999,), }"))).toThrow(
      'needs 399999999996 bytes of data, found 24',
    );
  });

  it.each([
    "{'descr': '<i4', 'fortran_order': False}",
    "{'descr': '<i4', 'fortran_order': 0, 'shape': (2, 3), }",
    "{'descr': '<i4', 'fortran_order': False, 'shape': (2, -3), }",
    "{'descr': '<i4', 'fortran_order': False, 'shape': 6, }",
    '',
  ])('the header %s', (dictionary) => {
    expect(() => parseNpy(withHeader(dictionary))).toThrow(
      `the header is no dictionary of descr, fortran_order and shape: ${dictionary}`,
    );
  });

  it('a boolean that is neither 0 nor 1', () => {
    const file = withHeader("{'descr': '|b1', 'fortran_order': False, 'shape': (24,), }");
    expect(() => parseNpy(file.with(129, 7))).toThrow('value 1 of a |b1 array is 7, not 0 or 1');
  });

  it('values that do not fill the shape it would write', () => {
    expect(() => writeNpyInt32([2, 2], [1, 2, 3])).toThrow('shape (2, 2) holds 4 values, 3 were given');
  });
});

describe('writing', () => {
  it.each(cases.filter(({ dtype, fortran, name }) => dtype === '<i4' && !fortran && !name.startsWith('version')))(
    'gives the bytes numpy gives: $name',
    ({ base64, shape, values }) => {
      expect(Buffer.from(writeNpyInt32(shape, values)).toString('base64')).toBe(base64);
    },
  );

  it('reads back what it wrote, for any shape', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
        fc.infiniteStream(fc.integer()),
        (shape, stream) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const values = Array.from({ length: count }, () => stream.next().value);
          const file = writeNpyInt32(shape, values);
          expect(file.length).toBe(128 + 4 * count);
          expect([...parseNpy(file).data]).toEqual(values);
        },
      ),
    );
  });

  it('gives the size and data of a pattern the OmniPlacement tool wrote', () => {
    const { result } = golden<{ cases: { result: ToolResult }[] }>('omni_pattern_tool').cases[0]!;
    const [ranks, layers, experts] = result.shape;
    const values = new Int32Array(ranks * layers * experts);
    for (const [layer, heldBy] of result.experts_per_rank.entries()) {
      for (const [rank, held] of heldBy.entries()) {
        for (const expert of held) values[(rank * layers + layer) * experts + expert] = 1;
      }
    }
    const file = writeNpyInt32(result.shape, values);
    expect(file.length).toBe(result.sizeBytes);
    expect(crc32(file.subarray(128))).toBe(result.crc32);
  });
});

interface ToolResult {
  shape: [number, number, number];
  sizeBytes: number;
  crc32: number;
  experts_per_rank: number[][][];
}
