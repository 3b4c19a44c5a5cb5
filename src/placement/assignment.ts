/**
 * The cheapest assignment of rows to columns, one each, by shortest augmenting paths. `cost` is [row][column], square,
 * finite. Gives [row] -> column. Where several are cheapest the choice is that of scipy's linear_sum_assignment:
 * columns are looked at from the last, and a free column is preferred among equals.
 */
export function assignRows(cost: Float64Array, size: number): Int32Array {
  const rowPrice = new Float64Array(size);
  const columnPrice = new Float64Array(size);
  const columnOf = new Int32Array(size).fill(-1);
  const rowOf = new Int32Array(size).fill(-1);
  const distance = new Float64Array(size);
  const reachedFrom = new Int32Array(size);
  const open = new Int32Array(size);
  for (let start = 0; start < size; start++) {
    distance.fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < size; i++) open[i] = size - 1 - i;
    let numOpen = size;
    let row = start;
    let travelled = 0;
    let free = -1;
    while (free < 0) {
      const base = travelled - rowPrice[row]!;
      let nearest = Number.POSITIVE_INFINITY;
      let at = -1;
      for (let i = 0; i < numOpen; i++) {
        const column = open[i]!;
        const reached = base + cost[row * size + column]! - columnPrice[column]!;
        if (reached < distance[column]!) {
          distance[column] = reached;
          reachedFrom[column] = row;
        }
        if (distance[column]! < nearest || (distance[column] === nearest && rowOf[column]! < 0)) {
          nearest = distance[column]!;
          at = i;
        }
      }
      travelled = nearest;
      const column = open[at]!;
      open[at] = open[--numOpen]!;
      open[numOpen] = column; // closed columns gather at the end
      if (rowOf[column]! < 0) free = column;
      else row = rowOf[column]!;
    }
    rowPrice[start]! += travelled;
    for (let i = numOpen; i < size; i++) {
      const column = open[i]!;
      const rise = travelled - distance[column]!;
      columnPrice[column]! -= rise;
      if (column !== free) rowPrice[rowOf[column]!]! += rise;
    }
    for (let column = free; ; ) {
      const previous = reachedFrom[column]!;
      const next = columnOf[previous]!;
      rowOf[column] = previous;
      columnOf[previous] = column;
      if (previous === start) break;
      column = next;
    }
  }
  return columnOf;
}
