import { countArrivals, type ReferenceName, references } from '../../src/placement/index.ts';
import { place } from '../../src/placement/solver/solve.ts';
import { leastMoves } from './leastMoves.ts';
import { cpuMs, quality } from './measure.ts';
import { moveModes } from './moveModes.ts';
import type { Options } from './options.ts';
import { vllmStart } from './placements.ts';
import { ms, par, type Table } from './table.ts';
import { SHAPES, type Skew, skewedLoad } from './workloads.ts';

const CASES: readonly (readonly [Skew, number, number])[] = [
  ['log-normal', 32, 9],
  ['zipf', 32, 9],
  ['heavy-zipf', 32, 9],
  ['log-normal', 64, 5],
  ['zipf', 64, 5],
  ['log-normal', 128, 3],
];
export const RIVALS: readonly ReferenceName[] = ['eplb', 'flashlb'];

/** From vLLM's initial placement: experts moved for the PAR a reference reaches, layer by layer, and what budgets reach. */
export function* benchMoves(options: Options): Iterable<Table> {
  const layers = options.layers ?? SHAPES['DeepSeek-V3'].layers;
  yield equalPar(layers, options);
  yield front(layers, options);
  yield moveModes(layers, options);
}

function equalPar(layers: number, options: Options): Table {
  const rows: (string | number)[][] = [];
  for (const [skew, ranks, slots] of CASES) {
    const { load, old, problem } = setUp(skew, ranks, slots, layers, options);
    for (const rival of RIVALS) {
      const theirs = references[rival](problem);
      const target = quality(theirs, load, 'uniform', 16);
      const theirMoves = total(countArrivals(theirs, old));
      const least = leastMoves(load, old, target.pars);
      for (const effort of options.efforts) {
        let ours = theirs;
        const used = cpuMs(() => {
          ours = place({ ...problem, split: 'uniform', targetPar: target.pars, effort });
        });
        const moved = total(countArrivals(ours, old));
        const share = `${((moved / theirMoves) * 100).toFixed(1)} %`;
        const reached = par(quality(ours, load, 'uniform', 16).mean);
        const what = `${skew} EP${ranks} x ${slots}`;
        rows.push([what, rival, par(target.mean), theirMoves, effort, reached, moved, share, least, ms(used / layers)]);
      }
    }
  }
  return {
    title: 'experts moved at equal PAR',
    note: `DeepSeek-V3, ${layers} layers x 256 experts, from vLLM's initial placement, seed ${options.seed}, uniform split; the target is the reference's PAR of each layer.`,
    columns: [
      'load',
      'reference',
      'its PAR',
      'its moves',
      'effort',
      'our PAR',
      'our moves',
      'share',
      'proven least',
      'CPU ms a layer',
    ],
    rows,
  };
}

function front(layers: number, options: Options): Table {
  const { load, old, problem } = setUp('log-normal', 32, 9, layers, options);
  const rows = [0, 5, 10, 20, 30, 40, 60, 80].map((perLayer) => {
    const placement = place({ ...problem, split: 'uniform', maxMoves: { total: perLayer * layers } });
    return [perLayer * layers, total(countArrivals(placement, old)), par(quality(placement, load, 'uniform', 16).mean)];
  });
  return {
    title: 'best PAR for a budget of moves',
    note: `log-normal EP32 x 9, ${layers} layers; the budget is for all layers together and goes where a move gains most.`,
    columns: ['budget', 'moved', 'mean PAR'],
    rows,
  };
}

export function setUp(skew: Skew, ranks: number, slots: number, layers: number, options: Options) {
  const load = skewedLoad({ layers, experts: 256 }, skew, options.seed);
  const old = vllmStart(layers, 256, ranks, slots);
  return { load, old, problem: { load, ranks, slotsPerRank: slots, old } };
}

export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
