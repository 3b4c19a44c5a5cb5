/** Restores a binary min-heap of indices below `at`; ties go to the lower index. */
export function siftDown(heap: Int32Array, size: number, key: Float64Array, at: number): void {
  if (at >= size) return;
  const item = heap[at]!;
  const value = key[item]!;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let least = heap[child]!;
    let leastKey = key[least]!;
    if (child + 1 < size) {
      const right = heap[child + 1]!;
      const rightKey = key[right]!;
      if (rightKey < leastKey || (rightKey === leastKey && right < least)) {
        child++;
        least = right;
        leastKey = rightKey;
      }
    }
    if (leastKey > value || (leastKey === value && least > item)) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = item;
}

export function siftUp(heap: Int32Array, key: Float64Array, at: number): void {
  const item = heap[at]!;
  const value = key[item]!;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent]!;
    if (key[above]! < value || (key[above]! === value && above < item)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = item;
}
