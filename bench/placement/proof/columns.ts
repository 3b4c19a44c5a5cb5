import { type Arrivals, bestArrivals } from './arrivals.ts';
import { type Copies, listCopies } from './copies.ts';
import { allKept, emptyKept, type Kept, keepResidents } from './kept.ts';
import type { LayerProblem } from './layerProblem.ts';

/** What a rank may hold: `slots` copies, the i-th of expert `experts[i]` as one of `counts[i]`. */
export interface Column {
  readonly experts: Int32Array;
  readonly counts: Int32Array;
  /** copies whose expert the rank didn't hold */
  readonly arrivals: number;
}

export interface Priced {
  /** worth less arrivals of the best column; no column of the rank that keeps to the cap is above it, [rank] */
  readonly best: Float64Array;
  /** for each number of arrivals the best column, where not worth `within` less than the best of all, [rank] */
  readonly columns: readonly (readonly Column[])[];
}

/**
 * The best columns when one of c copies of an expert is worth price / c. Loads are rounded down to a `grid`-th of the
 * cap, so that nothing that keeps to the cap is left out, whatever the grid.
 */
export function priceColumns(problem: LayerProblem, prices: Float64Array, grid: number, within: number): Priced {
  const { ranks, slots, old } = problem;
  const copies = listCopies(problem, prices, grid);
  const arrivals = bestArrivals(copies, slots, grid);
  const kept = emptyKept(slots, grid);
  const best = new Float64Array(ranks);
  const columns: Column[][] = [];
  for (let rank = 0; rank < ranks; rank++) {
    keepResidents(kept, copies, old.subarray(rank * slots, (rank + 1) * slots));
    const ends = bestEnds(kept, arrivals, slots, grid);
    const most = ends.reduce((value, end) => Math.max(value, end.value), -Infinity);
    best[rank] = most;
    columns.push(
      ends.filter(({ value }) => value > most - within).map((end) => traceColumn(end, kept, arrivals, copies, grid)),
    );
  }
  return { best, columns };
}

/** So many residents kept, of this load together; the rest of slots and cap is for arrivals. */
interface End {
  readonly value: number;
  readonly numKept: number;
  readonly load: number;
}

function bestEnds(kept: Kept, arrivals: Arrivals, slots: number, grid: number): End[] {
  const ends: End[] = [];
  allKept(kept).forEach((table, numKept) => {
    const rest = arrivals.value[slots - numKept]!;
    let value = -Infinity;
    let load = 0;
    for (let at = 0; at <= grid; at++) {
      const sum = table[at]! + rest[grid - at]!;
      if (sum > value) {
        value = sum;
        load = at;
      }
    }
    if (value > -Infinity) ends.push({ value, numKept, load });
  });
  return ends;
}

function traceColumn(end: End, kept: Kept, arrivals: Arrivals, copies: Copies, grid: number): Column {
  const taken = traceKept(end, kept, copies);
  const numArrivals = arrivals.value.length - 1 - end.numKept;
  let left = grid - end.load;
  for (let number = numArrivals; number > 0; number--) {
    const copy = arrivals.copy[number]![left]!;
    taken.push(copy);
    left -= copies.load[copy]!;
  }
  return {
    experts: Int32Array.from(taken, (copy) => Math.floor(copy / copies.ranks)),
    counts: Int32Array.from(taken, (copy) => (copy % copies.ranks) + 1),
    arrivals: numArrivals,
  };
}

function traceKept(end: End, { tables, options }: Kept, copies: Copies): number[] {
  const taken: number[] = [];
  let load = end.load;
  let numKept = end.numKept;
  for (let at = options.length; numKept > 0; at--) {
    const value = tables[at]![numKept]![load]!;
    if (numKept < at && tables[at - 1]![numKept]![load] === value) continue;
    const before = tables[at - 1]![numKept - 1]!;
    const option = options[at - 1]!.find((one) => before[load - copies.load[one]!]! + copies.worth[one]! === value)!;
    taken.push(option);
    load -= copies.load[option]!;
    numKept--;
  }
  return taken;
}
