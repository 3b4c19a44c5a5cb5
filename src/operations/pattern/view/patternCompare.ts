import { duration } from '../../../files/durations.ts';
import { plural } from '../../../report/plural.ts';
import { table } from '../../../report/table.ts';
import type { CompareAnswer, CompareRow } from '../compare.ts';
import { slotsText } from './patternBuild.ts';

/** One line per placement; the lowest of each column of PARs is marked. */
export function compareText({ layers, experts, ranks, episodes, rows }: CompareAnswer): string {
  const columns = COLUMNS.filter(({ name }) => name !== 'episodes' || episodes > 1);
  const lowest = columns.map(({ value }) =>
    Math.min(...rows.map((row) => (row.measured && value ? value(row) : Infinity))),
  );
  const body = rows.map((row) => [
    row.name,
    ...(row.measured === null
      ? []
      : columns.map(({ value, text }, i) => {
          const marked = value !== undefined && round(value(row)) === round(lowest[i]!);
          return `${text(row)}${marked ? '*' : value === undefined ? '' : ' '}`;
        })),
  ]);
  const lines = table([['', ...columns.map(({ title }) => title)], ...body]);
  const failed = rows.filter(({ problem }) => problem !== null).map(({ name, problem }) => `${name}: ${problem}`);
  return [
    `${layers} layers x ${experts} experts on ${ranks} ranks, ${plural(episodes, 'episode')}; PAR is peak over average of rank load, * the lowest`,
    '',
    ...lines,
    ...(failed.length > 0 ? ['', ...failed] : []),
  ].join('\n');
}

interface Column {
  readonly name: string;
  readonly title: string;
  /** of rows that were measured; undefined: low is not better */
  readonly value?: (row: CompareRow) => number;
  readonly text: (row: CompareRow) => string;
}

const par = (name: string, title: string, value: (row: CompareRow) => number): Column => ({
  name,
  title,
  value,
  text: (row) => value(row).toFixed(4),
});

const COLUMNS: readonly Column[] = [
  {
    name: 'slots',
    title: 'slots',
    text: ({ measured }) => slotsText(measured!.slotsPerRank).replace(/ slots each.*/, ''),
  },
  par('uniform', 'uniform ', ({ measured }) => measured!.parMeanUniform),
  par('affine', 'affine ', ({ measured }) => measured!.parMeanAffine),
  par('worst', 'worst layer ', ({ measured }) => measured!.parMax),
  par('episodes', 'per episode ', ({ measured }) => measured!.parEpisodeMean),
  { name: 'moves', title: 'moves', text: ({ measured }) => String(measured!.movedExperts) },
  { name: 'duplicates', title: 'duplicates', text: ({ measured }) => String(measured!.duplicates) },
  { name: 'alone', title: 'on one rank', text: ({ measured }) => String(measured!.uncoveredIfOneRankLost) },
  { name: 'time', title: 'time', text: ({ solveMs }) => (solveMs === null ? '' : duration(solveMs)) },
];

function round(value: number): number {
  return Math.round(10_000 * value);
}
