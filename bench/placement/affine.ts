import { references, type Split } from '../../src/placement/index.ts';
import { place } from '../../src/placement/solver/solve.ts';
import { cpuMs, type Quality, quality } from './measure.ts';
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

/** What OmniPlacement's default routing on decode makes of placements, ours for it and others; last, all cases in brief. */
export function* benchAffine(options: Options): Iterable<Table> {
  const layers = Math.min(options.layers ?? LAYERS, LAYERS);
  const brief: string[][] = [];
  for (const wanted of CASES) {
    const hosts: Row[][] = [];
    for (const ranksPerHost of [8, 16]) {
      const rows = measureCase(wanted, ranksPerHost, layers, options.seed);
      hosts.push(rows);
      yield caseTable(wanted, ranksPerHost, rows, layers, options.seed);
    }
    brief.push(briefRow(wanted, hosts));
  }
  yield {
    title: 'affine routing in brief, hosts of 8 / of 16',
    note: `${layers} layers, seed ${options.seed}. Mean PAR under affine routing; of the default, which is for both splits, under the worse of both; CPU.`,
    columns: ['load', 'for affine', 'default', 'for uniform', 'eplb', 'ms a layer, for affine / default'],
    rows: brief,
  };
}

interface Row {
  readonly name: string;
  readonly affine: Quality;
  readonly uniform: Quality;
  /** PAR with sources that send unevenly */
  readonly uneven: number;
  readonly msALayer: number;
}

function measureCase({ skew, experts, ranks, slots }: Case, ranksPerHost: number, layers: number, seed: number): Row[] {
  const load = skewedLoad({ layers, experts }, skew, seed);
  const problem = { load, ranks, slotsPerRank: slots, ranksPerHost };
  const ours = (split: Split) => () => place({ ...problem, split });
  const solvers = {
    'ours for affine': ours('affine'),
    'ours for both (default)': ours('joint'),
    'ours for uniform': ours('uniform'),
    eplb: () => references.eplb(problem),
    'omni-redundant': () => references['omni-redundant'](problem),
  };
  return Object.entries(solvers).map(([name, place]) => {
    let placement = place();
    const used = cpuMs(() => (placement = place()));
    return {
      name,
      affine: quality(placement, load, 'affine', ranksPerHost),
      uniform: quality(placement, load, 'uniform', ranksPerHost),
      uneven: unevenSources(placement, load, ranksPerHost, seed),
      msALayer: used / layers,
    };
  });
}

function caseTable(
  { skew, experts, ranks, slots }: Case,
  ranksPerHost: number,
  rows: readonly Row[],
  layers: number,
  seed: number,
): Table {
  return {
    title: `affine routing, ${skew}, EP${ranks} x ${slots}, hosts of ${ranksPerHost}`,
    note: `${layers} layers x ${experts} experts, seed ${seed}. The last PAR is affine with source ranks that send 10 % more or less (standard deviation).`,
    columns: ['solver', 'affine mean', 'affine max', 'uniform mean', 'uniform max', 'uneven sources', 'CPU ms a layer'],
    rows: rows.map(({ name, affine, uniform, uneven, msALayer }) => [
      name,
      par(affine.mean),
      par(affine.max),
      par(uniform.mean),
      par(uniform.max),
      par(uneven),
      ms(msALayer),
    ]),
  };
}

/** `hosts`: the rows of each size of host. */
function briefRow({ skew, experts, ranks, slots }: Case, hosts: readonly (readonly Row[])[]): string[] {
  const each = (text: (rows: readonly Row[]) => string) => hosts.map(text).join(' / ');
  const [AFFINE, BOTH, UNIFORM, EPLB] = [0, 1, 2, 3] as const;
  const time = (solver: number) => ms(hosts.reduce((sum, rows) => sum + rows[solver]!.msALayer, 0) / hosts.length);
  return [
    `${skew}, ${experts} experts, EP${ranks} x ${slots}`,
    each((rows) => par(rows[AFFINE]!.affine.mean)),
    each((rows) => par(Math.max(rows[BOTH]!.affine.mean, rows[BOTH]!.uniform.mean))),
    each((rows) => par(rows[UNIFORM]!.affine.mean)),
    each((rows) => par(rows[EPLB]!.affine.mean)),
    `${time(AFFINE)} / ${time(BOTH)}`,
  ];
}
