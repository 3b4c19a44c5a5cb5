import { Refusal } from '../refusal.ts';

/** A pattern as numpy would load it: values in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

type Read = (view: DataView, at: number) => number;

const LITTLE = true;
const READERS: Readonly<Record<string, { readonly size: number; readonly read: Read }>> = {
  '|b1': { size: 1, read: (view, at) => view.getUint8(at) },
  '|u1': { size: 1, read: (view, at) => view.getUint8(at) },
  '|i1': { size: 1, read: (view, at) => view.getInt8(at) },
  '<i2': { size: 2, read: (view, at) => view.getInt16(at, LITTLE) },
  '<i4': { size: 4, read: (view, at) => view.getInt32(at, LITTLE) },
  '<u4': { size: 4, read: (view, at) => view.getUint32(at, LITTLE) },
  '<i8': { size: 8, read: (view, at) => Number(view.getBigInt64(at, LITTLE)) },
  '<f4': { size: 4, read: (view, at) => view.getFloat32(at, LITTLE) },
  '<f8': { size: 8, read: (view, at) => view.getFloat64(at, LITTLE) },
};

export function readNpy(bytes: Buffer, path: string): NpyArray {
  if (bytes.subarray(0, 6).toString('latin1') !== '\x93NUMPY') {
    throw new Refusal('ValueError', `Cannot load file containing pickled data when allow_pickle=False: '${path}'`);
  }
  const wide = bytes[6]! > 1; // versions 2 and 3 have a 4-byte header length
  const start = wide ? 12 : 10;
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.subarray(start, end).toString('latin1');
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((word) => word.trim())
    .map(Number);
  const reader = READERS[descr];
  if (!reader) throw new Refusal('ValueError', `'${path}': dtype ${descr} is not one the lab's loader reads`);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (bytes.length - end < size * reader.size) {
    throw new Refusal(
      'ValueError',
      `cannot reshape array of size ${Math.floor((bytes.length - end) / reader.size)} into shape (${shape.join(',')})`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + end);
  const stored = Float64Array.from({ length: size }, (_, at) => reader.read(view, at * reader.size));
  return { shape, values: /'fortran_order':\s*True/.test(header) ? toCOrder(stored, shape) : stored };
}

function toCOrder(stored: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(stored.length);
  const index = shape.map(() => 0);
  for (let at = 0; at < stored.length; at++) {
    let c = 0;
    for (let dim = 0; dim < shape.length; dim++) c = c * shape[dim]! + index[dim]!;
    out[c] = stored[at]!;
    for (let dim = 0; dim < shape.length && ++index[dim]! === shape[dim]; dim++) index[dim] = 0;
  }
  return out;
}
