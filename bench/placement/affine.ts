import { references, type Split } from '../../src/placement/index.ts';
import { place } from '../../src/placement/solver/solve.ts';
import { cpuMs, quality } from './measure.ts';
import type { Options } from './options.ts';
import { ms, par, type Table } from './table.ts';
import { unevenSources } from './unevenSources.ts';
import { type Skew, skewedLoad } from './workloads.ts';

interface Case {
  readonly skew: Skew;
  readonly experts: number;
  readonly ranks: number;
  readonly slots: number;
}

const CASES: readonly Case[] = [
  { skew: 'log-normal', experts: 256, ranks: 32, slots: 9 },
  { skew: 'zipf', experts: 384, ranks: 32, slots: 13 },
  { skew: 'heavy-zipf', experts: 256, ranks: 32, slots: 9 },
  { skew: 'log-normal', experts: 256, ranks: 64, slots: 5 },
  { skew: 'log-normal', experts: 256, ranks: 128, slots: 3 },
  { skew: 'heavy-zipf', experts: 256, ranks: 64, slots: 5 },
  { skew: 'heavy-zipf', experts: 256, ranks: 128, slots: 3 },
];
const LAYERS = 12;

/** What OmniPlacement's default routing on decode makes of placements, ours for it and others. */
export function* benchAffine(options: Options): Iterable<Table> {
  const layers = Math.min(options.layers ?? LAYERS, LAYERS);
  for (const wanted of CASES) {
    for (const ranksPerHost of [8, 16]) yield benchCase(wanted, ranksPerHost, layers, options);
  }
}

function benchCase(
  { skew, experts, ranks, slots }: Case,
  ranksPerHost: number,
  layers: number,
  options: Options,
): Table {
  const load = skewedLoad({ layers, experts }, skew, options.seed);
  const problem = { load, ranks, slotsPerRank: slots, ranksPerHost };
  const ours = (split: Split) => () => place({ ...problem, split });
  const solvers = {
    'ours for affine': ours('affine'),
    'ours for both (default)': ours('joint'),
    'ours for uniform': ours('uniform'),
    eplb: () => references.eplb(problem),
    'omni-redundant': () => references['omni-redundant'](problem),
  };
  const rows = Object.entries(solvers).map(([name, place]) => {
    let placement = place();
    const used = cpuMs(() => (placement = place()));
    const affine = quality(placement, load, 'affine', ranksPerHost);
    const uniform = quality(placement, load, 'uniform', ranksPerHost);
    const uneven = unevenSources(placement, load, ranksPerHost, options.seed);
    return [
      name,
      par(affine.mean),
      par(affine.max),
      par(uniform.mean),
      par(uniform.max),
      par(uneven),
      ms(used / layers),
    ];
  });
  return {
    title: `affine routing, ${skew}, EP${ranks} x ${slots}, hosts of ${ranksPerHost}`,
    note: `${layers} layers x ${experts} experts, seed ${options.seed}. The last PAR is affine with source ranks that send 10 % more or less (standard deviation).`,
    columns: ['solver', 'affine mean', 'affine max', 'uniform mean', 'uniform max', 'uneven sources', 'CPU ms a layer'],
    rows,
  };
}
