import type { LayerProblem } from './layerProblem.ts';

/** One of c copies of an expert, at `expert * ranks + c - 1`. */
export interface Copies {
  readonly ranks: number;
  /** grid steps, rounded down */
  readonly load: Int32Array;
  readonly worth: Float64Array;
}

export function listCopies({ load, cap, ranks }: LayerProblem, prices: Float64Array, grid: number): Copies {
  const steps = new Int32Array(load.length * ranks);
  const worth = new Float64Array(load.length * ranks);
  for (let expert = 0; expert < load.length; expert++) {
    for (let count = 1; count <= ranks; count++) {
      const at = expert * ranks + count - 1;
      // a hair less, so that no rounding error lifts a load to the next step
      steps[at] = Math.floor((load[expert]! / count / cap) * grid * (1 - 1e-9));
      worth[at] = prices[expert]! / count;
    }
  }
  return { ranks, load: steps, worth };
}

/** Copies of an expert that no other of its copies beats in both load and worth. */
export function copiesWorthKeeping({ ranks, load, worth }: Copies, expert: number): Int32Array {
  const worthwhile: number[] = [];
  let highest = -Infinity;
  for (let at = (expert + 1) * ranks - 1; at >= expert * ranks; at--) {
    if (worth[at]! <= highest) continue;
    highest = worth[at]!;
    if (worthwhile.length > 0 && load[worthwhile.at(-1)!] === load[at]) worthwhile.pop();
    worthwhile.push(at);
  }
  return Int32Array.from(worthwhile);
}
