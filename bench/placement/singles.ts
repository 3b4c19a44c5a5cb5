import { lowerBoundOf, quality, timed } from './measure.ts';
import type { Options } from './options.ts';
import { vllmStart } from './placements.ts';
import { contestants } from './solvers.ts';
import { ms, par, type Table } from './table.ts';
import { SHAPES, type Skew, skewedLoad } from './workloads.ts';

interface Case {
  readonly model: keyof typeof SHAPES;
  readonly skew: Skew;
  readonly ranks: number;
  /** slots per rank above experts / ranks */
  readonly redundant: number;
}

const CASES: readonly Case[] = [
  ...(['log-normal', 'zipf', 'heavy-zipf', 'grouped'] as const).map((skew) => one('DeepSeek-V3', skew, 32, 1)),
  one('DeepSeek-V3', 'log-normal', 8, 1),
  one('DeepSeek-V3', 'log-normal', 16, 1),
  one('DeepSeek-V3', 'log-normal', 32, 0),
  one('DeepSeek-V3', 'log-normal', 32, 2),
  ...(['log-normal', 'zipf', 'heavy-zipf'] as const).flatMap((skew) =>
    [64, 128, 256].map((ranks) => one('DeepSeek-V3', skew, ranks, 1)),
  ),
  one('Kimi-K2', 'zipf', 32, 1),
  one('Kimi-K2', 'log-normal', 64, 2),
  one('Qwen3', 'log-normal', 16, 1),
  one('Qwen3', 'grouped', 32, 1),
  one('Qwen3', 'heavy-zipf', 64, 2),
  one('Switch', 'switch', 16, 1),
  one('Switch', 'switch', 32, 2),
];

function one(model: keyof typeof SHAPES, skew: Skew, ranks: number, redundant: number): Case {
  return { model, skew, ranks, redundant };
}

/** One load per layer, uniform split, all solvers. */
export function* benchSingles(options: Options): Iterable<Table> {
  for (const wanted of CASES) yield benchCase(wanted, options);
}

function benchCase({ model, skew, ranks, redundant }: Case, options: Options): Table {
  const shape = { ...SHAPES[model], layers: options.layers ?? SHAPES[model].layers };
  const load = skewedLoad(shape, skew, options.seed);
  const slotsPerRank = shape.experts / ranks + redundant;
  const problem = { load, ranks, slotsPerRank, old: vllmStart(shape.layers, shape.experts, ranks, slotsPerRank) };
  const rows: (string | number)[][] = [
    ['no placement of this shape is below', par(lowerBoundOf(load, ranks, slotsPerRank)), '', ''],
  ];
  for (const { name, place } of contestants('uniform')) {
    try {
      const { placement, ms: used } = timed(() => place(problem), options.rounds);
      const { mean, max } = quality(placement, load, 'uniform', 16);
      rows.push([name, par(mean), par(max), ms(used)]);
    } catch (error) {
      rows.push([name, 'refused', (error as Error).message.slice(0, 60), '']);
    }
  }
  return {
    title: `${model} ${skew}, EP${ranks}, ${redundant} redundant`,
    note: `${shape.layers} layers x ${shape.experts} experts, ${ranks} ranks x ${slotsPerRank} slots, seed ${options.seed}, uniform split.`,
    columns: ['solver', 'mean PAR', 'max PAR', 'CPU ms, warm'],
    rows,
  };
}
