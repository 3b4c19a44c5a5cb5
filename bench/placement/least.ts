import { countArrivals, type Load, layerSlots, type Placement, references } from '../../src/placement/index.ts';
import { leastMoves } from './leastMoves.ts';
import { cpuMs, quality } from './measure.ts';
import { RIVALS, setUp, total } from './moves.ts';
import type { Options } from './options.ts';
import { provenMoves } from './proof/provenMoves.ts';
import { par, type Table } from './table.ts';
import type { Skew } from './workloads.ts';

const CASES: readonly (readonly [Skew, number, number])[] = [
  ['log-normal', 32, 9],
  ['zipf', 32, 9],
  ['log-normal', 64, 5],
  ['zipf', 64, 5],
];

/** What no solver whatever can do with fewer moves, from vLLM's initial placement to the PAR a reference reaches. */
export function* benchLeast(options: Options): Iterable<Table> {
  const layers = options.quick ? 1 : (options.layers ?? 3);
  const rows: (string | number)[][] = [];
  for (const [skew, ranks, slots] of CASES) {
    const { load, old, problem } = setUp(skew, ranks, slots, layers, options);
    for (const rival of RIVALS) {
      const theirs = references[rival](problem);
      const { mean, pars } = quality(theirs, load, 'uniform', 16);
      const theirMoves = total(countArrivals(theirs, old));
      const simple = leastMoves(load, old, pars);
      let proven = 0;
      const used = cpuMs(() => {
        proven = provenInAll(load, old, pars);
      });
      const share = `${((proven / theirMoves) * 100).toFixed(1)} %`;
      const seconds = (used / layers / 1000).toFixed(1);
      rows.push([`${skew} EP${ranks} x ${slots}`, rival, par(mean), theirMoves, simple, proven, share, seconds]);
    }
  }
  yield {
    title: 'proven least moves',
    note: `DeepSeek-V3, ${layers} of its layers, from vLLM's initial placement, seed ${options.seed}, uniform split; by untouched ranks, and by Lagrangian relaxation with its share of the reference's moves.`,
    columns: [
      'load',
      'reference',
      'its PAR',
      'its moves',
      'least by untouched ranks',
      'least by relaxation',
      'share',
      'CPU s a layer',
    ],
    rows,
  };
}

function provenInAll(load: Load, old: Placement, pars: Float64Array): number {
  const { ranks, experts } = old;
  let sum = 0;
  for (let layer = 0; layer < load.layers; layer++) {
    const tokens = load.tokens.subarray(layer * experts, (layer + 1) * experts);
    const mean = total(tokens) / ranks;
    const slots = layerSlots(old, layer);
    const bound = provenMoves({
      load: Float64Array.from(tokens, (value) => value / mean),
      cap: pars[layer]!,
      ranks,
      slots: slots.length / ranks,
      old: Int32Array.from(slots),
    });
    // moves are whole; a hair less, because the bound is a sum of rounded numbers
    sum += Math.max(0, Math.ceil(bound - 1e-6));
  }
  return sum;
}
