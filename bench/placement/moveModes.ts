import { countArrivals, type Load, type Placement, type Split } from '../../src/placement/index.ts';
import { place } from '../../src/placement/solver/solve.ts';
import { cpuMs, quality } from './measure.ts';
import type { Options } from './options.ts';
import { vllmStart } from './placements.ts';
import { ms, par, type Table } from './table.ts';
import { movingLoad, skewedLoad } from './workloads.ts';

const RANKS = 32;
const SLOTS = 9;
const BUDGETS = [5, 10, 20, 30, 40, 60];

/** What a budget of moves reaches under every split and over episodes, beside a free placement and what the search takes. */
export function moveModes(layers: number, options: Options): Table {
  const shape = { layers, experts: 256 };
  const { seed } = options;
  const cases: readonly (readonly [string, Load, Split])[] = [
    ['log-normal', skewedLoad(shape, 'log-normal', seed), 'uniform'],
    ['heavy-zipf', skewedLoad(shape, 'heavy-zipf', seed), 'uniform'],
    ['log-normal', skewedLoad(shape, 'log-normal', seed), 'affine'],
    ['heavy-zipf', skewedLoad(shape, 'heavy-zipf', seed), 'affine'],
    ['log-normal', skewedLoad(shape, 'log-normal', seed), 'joint'],
    ['heavy-zipf', skewedLoad(shape, 'heavy-zipf', seed), 'joint'],
    ['antiphase, 8 episodes', movingLoad(shape, 'antiphase', 8, seed), 'uniform'],
    ['drift, 8 episodes', movingLoad(shape, 'drift', 8, seed), 'uniform'],
  ];
  return {
    title: 'budgets under every split',
    note: `EP${RANKS} x ${SLOTS}, ${layers} layers x 256 experts, from vLLM's initial placement, seed ${seed}; mean PAR under the split for budgets of so many moves a layer, all layers sharing them; without a budget the moves a layer follow the PAR; CPU ms a layer of budget 40 / no budget / a free placement.`,
    columns: ['load', 'split', ...BUDGETS.map(String), 'one a rank', 'no budget', 'free', 'CPU ms'],
    rows: cases.map(([name, load, split]) => rowOf(name, load, split, layers)),
  };
}

function rowOf(name: string, load: Load, split: Split, layers: number): (string | number)[] {
  const old = vllmStart(layers, 256, RANKS, SLOTS);
  const problem = { load, ranks: RANKS, slotsPerRank: SLOTS, split };
  const change = (maxMoves: { total?: number; perRank?: number }) => place({ ...problem, old, maxMoves });
  const reached = (placement: Placement) => par(quality(placement, load, split, 16).mean);
  const budgets = BUDGETS.map((moves) => reached(change({ total: moves * layers })));
  const freely = place({ ...problem, old });
  const moved = countArrivals(freely, old).reduce((sum, count) => sum + count, 0) / layers;
  const times = [() => change({ total: 40 * layers }), () => place({ ...problem, old }), () => place(problem)];
  const used = times.map((work) => ms(cpuMs(work) / layers)).join(' / ');
  const free = reached(place(problem));
  const perRank = reached(change({ perRank: 1 }));
  return [name, split, ...budgets, perRank, `${reached(freely)} (${moved.toFixed(0)})`, free, used];
}
