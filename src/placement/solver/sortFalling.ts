/** Scratch arrays of `sortFalling`; `order` is its result. */
export interface SortWork {
  readonly order: Int32Array;
  readonly half: Int32Array;
  readonly key: Int32Array;
  readonly starts: Int32Array;
}

export function createSortWork(size: number): SortWork {
  return {
    order: new Int32Array(size),
    half: new Int32Array(size),
    key: new Int32Array(size),
    starts: new Int32Array(257),
  };
}

/**
 * Indices of the first `size` values in falling order, to 1/65536 of the largest; equal ones keep their order. A radix
 * sort in two passes: several times faster than the native sort on a few hundred values, and it carries the index.
 */
export function sortFalling(values: Float64Array, size: number, work: SortWork): void {
  const { order, half, key, starts } = work;
  let most = 0;
  for (let i = 0; i < size; i++) if (values[i]! > most) most = values[i]!;
  const scale = most > 0 ? 65535 / most : 0;
  for (let i = 0; i < size; i++) key[i] = 65535 - ((values[i]! * scale) | 0);
  starts.fill(0);
  for (let i = 0; i < size; i++) starts[(key[i]! & 255) + 1]!++;
  for (let bucket = 1; bucket < 257; bucket++) starts[bucket] = starts[bucket]! + starts[bucket - 1]!;
  for (let i = 0; i < size; i++) half[starts[key[i]! & 255]!++] = i;
  starts.fill(0);
  for (let i = 0; i < size; i++) starts[(key[i]! >> 8) + 1]!++;
  for (let bucket = 1; bucket < 257; bucket++) starts[bucket] = starts[bucket]! + starts[bucket - 1]!;
  for (let i = 0; i < size; i++) {
    const index = half[i]!;
    order[starts[key[index]! >> 8]!++] = index;
  }
}
