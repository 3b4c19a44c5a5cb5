import { mean, sum } from '../files/means.ts';
import type { DumpWindow } from '../placement/index.ts';

/** PAR as the engine's own counters tell it: tokens that came to each rank's slots, whatever the split. */
export interface MeasuredPar {
  /** [layer], of all windows together */
  readonly par: Float64Array;
  readonly mean: number;
  readonly windows: number;
  readonly tokens: number;
}

/** Takes windows one by one and keeps none. */
export interface ParMeter {
  /** False: the window is idle and counts for nothing. @throws Error for a window of another shape */
  add(window: DumpWindow): boolean;
  /** null: no window had a token */
  finish(): MeasuredPar | null;
}

export function createParMeter(ranks: number): ParMeter {
  let layers = 0;
  let positions = 0;
  /** [layer][rank] */
  let sums = new Float64Array(0);
  let windows = 0;
  let tokens = 0;
  return {
    add(window) {
      if (windows === 0) {
        ({ layers, positions } = window);
        if (positions % ranks !== 0) throw new Error(`${positions} columns can't be shared by ${ranks} ranks`);
        sums = new Float64Array(layers * ranks);
      }
      if (window.layers !== layers || window.positions !== positions)
        throw new Error(
          `${window.layers} lines of ${window.positions} counts, those before have ${layers} of ${positions}`,
        );
      const perRank = positions / ranks;
      let total = 0;
      let at = 0;
      for (let rank = 0; rank < sums.length; rank++) {
        let sum = 0;
        for (const end = at + perRank; at < end; at++) sum += window.tokens[at]!;
        sums[rank]! += sum;
        total += sum;
      }
      if (total === 0) return false;
      windows += 1;
      tokens += total;
      return true;
    },
    finish() {
      if (windows === 0) return null;
      const par = Float64Array.from({ length: layers }, (_, layer) =>
        parOf(sums.subarray(layer * ranks, (layer + 1) * ranks)),
      );
      return { par, mean: mean(par), windows, tokens };
    },
  };
}

function parOf(loads: Float64Array): number {
  const total = sum(loads);
  return total === 0 ? 1 : (loads.reduce((a, b) => Math.max(a, b), 0) * loads.length) / total;
}
