import type { Copies } from './copies.ts';

export interface Arrivals {
  /** worth of the best arrivals within a load, less their number, [arrivals][load] */
  readonly value: readonly Float64Array[];
  /** a copy among them, [arrivals][load] */
  readonly copy: readonly Int32Array[];
}

/** Any copies, also several of one expert: the same for all ranks. */
export function bestArrivals(copies: Copies, slots: number, grid: number): Arrivals {
  const value = Array.from({ length: slots + 1 }, () => new Float64Array(grid + 1).fill(-Infinity));
  const copy = Array.from({ length: slots + 1 }, () => new Int32Array(grid + 1).fill(-1));
  value[0]!.fill(0);
  const dearest = dearestByLoad(copies, grid);
  let highest = -Infinity;
  for (let load = 0; load <= grid; load++) {
    const one = dearest[load]!;
    if (one < 0 || copies.worth[one]! <= highest) continue;
    highest = copies.worth[one]!;
    for (let number = 1; number <= slots; number++) {
      addArrival({ from: value[number - 1]!, to: value[number]!, copy: copy[number]! }, one, load, highest - 1);
    }
  }
  return { value, copy };
}

/** The copy worth most among those of a load, or -1; [load] */
function dearestByLoad({ load, worth }: Copies, grid: number): Int32Array {
  const dearest = new Int32Array(grid + 1).fill(-1);
  for (let at = 0; at < load.length; at++) {
    const steps = load[at]!;
    if (steps > grid) continue;
    if (dearest[steps]! < 0 || worth[at]! > worth[dearest[steps]!]!) dearest[steps] = at;
  }
  return dearest;
}

interface Tables {
  /** [load], with one arrival less */
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly copy: Int32Array;
}

function addArrival({ from, to, copy }: Tables, one: number, load: number, worth: number): void {
  for (let at = load; at < to.length; at++) {
    const sum = from[at - load]! + worth;
    if (sum > to[at]!) {
      to[at] = sum;
      copy[at] = one;
    }
  }
}
