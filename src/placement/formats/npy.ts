import { PlacementError } from '../types.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ITEM_BYTES: Readonly<Record<string, number>> = Object.fromEntries([
  ...['|b1', '|i1', '|u1'].map((dtype) => [dtype, 1] as const),
  ...['<', '>'].flatMap((order) =>
    ['i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f4', 'f8'].map((kind) => [order + kind, Number(kind[1])] as const),
  ),
]);
const DICTIONARY =
  /^\{\s*(?:(['"])(descr|fortran_order|shape)\1\s*:\s*(\([^()]*\)|True|False|'[^']*'|"[^"]*")\s*,?\s*){3}\}$/;
const ENTRY = /(['"])(descr|fortran_order|shape)\1\s*:\s*(\([^()]*\)|True|False|'[^']*'|"[^"]*")/g;
// 2^53 itself is exact; only what lies beyond it isn't.
const EXACT_LIMIT = 2n ** 53n;
// numpy leaves room for the first axis to grow to this many digits, then pads the header to a multiple of 64 bytes.
const GROWTH_DIGITS = 21;

export interface NpyHeader {
  readonly shape: readonly number[];
  /** As numpy writes it: `<i4`, `|b1`, `>f8`. */
  readonly dtype: string;
  readonly fortran: boolean;
  /** bytes before the first value */
  readonly dataOffset: number;
  /** bytes of one value */
  readonly itemBytes: number;
}

export interface NpyArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The order in the file; `data` is in C order whatever it was. */
  readonly fortran: boolean;
  /** C order. Float64Array where int32 can't hold every value of the dtype: u4, i8, u8, f4, f8. */
  readonly data: Int32Array | Float64Array;
}

/** Reads a .npy file, versions 1 to 3. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const header = parseNpyHeader(bytes);
  const count = numValues(header.shape);
  const wantedBytes = count * header.itemBytes;
  const foundBytes = bytes.byteLength - header.dataOffset;
  if (foundBytes !== wantedBytes) {
    const fault = foundBytes < wantedBytes ? 'the file is truncated' : 'the file has bytes after its data';
    throw new PlacementError(
      'bad-file',
      `${fault}: shape (${header.shape.join(', ')}) of ${header.dtype} needs ${wantedBytes} bytes of data, found ${foundBytes}`,
    );
  }
  const inFileOrder = readValues(bytes, header, count);
  const data = header.fortran ? toCOrder(inFileOrder, header.shape) : inFileOrder;
  return { shape: header.shape, dtype: header.dtype, fortran: header.fortran, data };
}

/** Reads the header alone; `bytes` may be just the file's beginning. */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  if (bytes.byteLength < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new PlacementError('bad-file', 'not a .npy file: it does not begin with \\x93NUMPY');
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw new PlacementError('bad-file', `.npy version ${version}.${bytes[7]} is unknown; versions 1 to 3 are read`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textOffset = version === 1 ? 10 : 12;
  const textBytes = version === 1 ? view.getUint16(8, true) : bytes.byteLength < 12 ? 0 : view.getUint32(8, true);
  const dataOffset = textOffset + textBytes;
  if (textBytes === 0 || bytes.byteLength < dataOffset) {
    throw new PlacementError(
      'bad-file',
      `the file is truncated: its header ends at byte ${dataOffset}, the file at ${bytes.byteLength}`,
    );
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(textOffset, dataOffset));
  const { dtype, fortran, shape } = parseDictionary(text.trim());
  const itemBytes = ITEM_BYTES[dtype];
  if (itemBytes === undefined) {
    throw new PlacementError(
      'bad-file',
      `dtype ${dtype} is not read; numbers are: |b1 |i1 |u1, < or > with i2 i4 i8 u2 u4 u8 f4 f8`,
    );
  }
  return { shape, dtype, fortran, dataOffset, itemBytes };
}

/** Writes what `numpy.save` writes for an int32 array in C order, byte for byte. */
export function writeNpyInt32(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  return write(shape, data, '<i4', (view, at, value) => view.setInt32(at, value, true));
}

/** The same for int64, what torch takes for indices. */
export function writeNpyInt64(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  return write(shape, data, '<i8', (view, at, value) => view.setBigInt64(at, BigInt(value), true));
}

function write(
  shape: readonly number[],
  data: ArrayLike<number>,
  type: '<i4' | '<i8',
  put: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  const count = numValues(shape);
  if (data.length !== count) {
    throw new PlacementError(
      'bad-file',
      `shape (${shape.join(', ')}) holds ${count} values, ${data.length} were given`,
    );
  }
  const header = headerText(shape, type);
  const size = Number(type[2]);
  const out = new Uint8Array(header.length + size * count);
  for (let i = 0; i < header.length; i++) out[i] = header.charCodeAt(i);
  const view = new DataView(out.buffer);
  for (let i = 0; i < count; i++) put(view, header.length + size * i, data[i]!);
  return out;
}

function numValues(shape: readonly number[]): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(8 * count)) {
    throw new PlacementError('bad-file', `shape (${shape.join(', ')}) holds more values than can be counted`);
  }
  return count;
}

function parseDictionary(text: string): { dtype: string; fortran: boolean; shape: readonly number[] } {
  if (/(['"])descr\1\s*:\s*\[/.test(text)) {
    throw new PlacementError('bad-file', 'a structured dtype is not read; only plain numbers are');
  }
  const values = new Map<string, string>();
  if (DICTIONARY.test(text)) for (const [, , key, value] of text.matchAll(ENTRY)) values.set(key!, value!);
  const dtype = values.get('descr')?.match(/^['"](.*)['"]$/)?.[1];
  const order = values.get('fortran_order')?.match(/^(?:True|False)$/)?.[0];
  const shape = values.get('shape')?.match(/^\(\s*(?:(\d+L?(?:\s*,\s*\d+L?)*)\s*,?\s*)?\)$/);
  if (dtype === undefined || order === undefined || shape === undefined || shape === null) {
    throw new PlacementError('bad-file', `the header is no dictionary of descr, fortran_order and shape: ${text}`);
  }
  const lengths = shape[1] === undefined ? [] : shape[1].split(',').map((length) => Number.parseInt(length, 10));
  return { dtype, fortran: order === 'True', shape: lengths };
}

type Reader = (view: DataView, offset: number) => number;

function readValues(bytes: Uint8Array, header: NpyHeader, count: number): Int32Array | Float64Array {
  const { dtype, dataOffset, itemBytes } = header;
  const kind = dtype.slice(1);
  const fitsInt32 = kind === 'b1' || kind === 'i1' || kind === 'u1' || kind === 'i2' || kind === 'u2' || kind === 'i4';
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, count * itemBytes);
  const read = reader(kind, dtype[0] !== '>');
  const data = fitsInt32 ? new Int32Array(count) : new Float64Array(count);
  for (let i = 0, offset = 0; i < count; i++, offset += itemBytes) data[i] = read(view, offset);
  return data;
}

function reader(kind: string, little: boolean): Reader {
  switch (kind) {
    case 'b1':
      return (view, offset) => {
        const value = view.getUint8(offset);
        if (value > 1) throw new PlacementError('bad-file', `value ${offset} of a |b1 array is ${value}, not 0 or 1`);
        return value;
      };
    case 'i1':
      return (view, offset) => view.getInt8(offset);
    case 'u1':
      return (view, offset) => view.getUint8(offset);
    case 'i2':
      return (view, offset) => view.getInt16(offset, little);
    case 'u2':
      return (view, offset) => view.getUint16(offset, little);
    case 'i4':
      return (view, offset) => view.getInt32(offset, little);
    case 'u4':
      return (view, offset) => view.getUint32(offset, little);
    case 'i8':
      return (view, offset) => exact(view.getBigInt64(offset, little), offset / 8);
    case 'u8':
      return (view, offset) => exact(view.getBigUint64(offset, little), offset / 8);
    case 'f4':
      return (view, offset) => view.getFloat32(offset, little);
    default:
      return (view, offset) => view.getFloat64(offset, little);
  }
}

function exact(value: bigint, index: number): number {
  if (value > EXACT_LIMIT || value < -EXACT_LIMIT) {
    throw new PlacementError(
      'bad-file',
      `value ${index} of the data is ${value}; integers beyond 2^53 would lose digits`,
    );
  }
  return Number(value);
}

function toCOrder(source: Int32Array | Float64Array, shape: readonly number[]): Int32Array | Float64Array {
  const target = source instanceof Int32Array ? new Int32Array(source.length) : new Float64Array(source.length);
  const strides: number[] = []; // of each axis in the file, in values: the first axis runs fastest
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < target.length; to++) {
    target[to] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return target;
}

function headerText(shape: readonly number[], dtype = '<i4'): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(growth)}`;
  const unpadded = 10 + dictionary.length + 1;
  const text = `${dictionary}${' '.repeat(64 - (unpadded % 64))}\n`;
  return `\x93NUMPY\x01\x00${String.fromCharCode(text.length & 0xff, text.length >> 8)}${text}`;
}
