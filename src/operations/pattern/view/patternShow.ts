import { table } from '../../../report/table.ts';
import type { ShowAnswer, ShownLayer } from '../show.ts';

export interface Screen {
  /** it understands 256 colours */
  readonly color: boolean;
  /** where lines are to end; undefined: no terminal */
  readonly columns?: number | undefined;
}

/** A line per layer; of one layer alone a line per rank. */
export function showText(answer: ShowAnswer, screen: Screen): string {
  const { file, layers, experts, ranks, shown } = answer;
  const head = `${file}: ${layers} layers x ${experts} experts on ${ranks} ranks`;
  const only = answer.shown.length === 1 ? shown[0]! : null;
  return [head, ...(only !== null ? layerLines(only, answer, screen) : overviewLines(answer, screen))].join('\n');
}

function overviewLines({ shown, split, ranks }: ShowAnswer, { color, columns }: Screen): string[] {
  const heated = shown.some(({ rankLoad }) => rankLoad !== null);
  const rows = shown.map(({ layer, slotsPerRank, replicas, par }) => [
    String(layer).padStart(5),
    String(slotsPerRank),
    histogram(replicas),
    mostCopied(replicas),
    ...(par === null ? [] : [par.toFixed(4)]),
  ]);
  const lines = table([['layer', 'slots', 'experts x copies', 'most copies', ...(heated ? ['PAR'] : [])], ...rows]);
  if (!heated) return ['', ...lines];
  const room = Math.max(NARROWEST, (columns ?? Number.POSITIVE_INFINITY) - lines[0]!.length - 2);
  const cells = Math.min(ranks, WIDEST, room);
  const each = cells < ranks ? 'hottest of neighbouring ranks' : 'rank loads';
  const [title, ...body] = lines;
  return [
    `${each} over the mean, ${split} split: ${scale(color)}`,
    '',
    title!,
    ...body.map((line, i) => `${line}  ${heat(shown[i]!.rankLoad!, cells, color)}`),
  ];
}

function layerLines({ ranks, rankLoad, replicas, par }: ShownLayer, { split }: ShowAnswer, screen: Screen): string[] {
  const rows = ranks.map((experts, rank) => [
    `rank ${String(rank).padStart(3)}`,
    ...experts.map((expert) => (expert < 0 ? '-' : `${expert}${replicas[expert]! > 1 ? `x${replicas[expert]}` : ''}`)),
    ...(rankLoad === null ? [] : [` ${rankLoad[rank]!.toFixed(3)}`]),
  ]);
  const lines = table(rows);
  const foot = `${histogram(replicas)} experts x copies${par === null ? '' : `; PAR ${par.toFixed(4)} under ${split} split`}; 7x3: expert 7, which has 3 copies`;
  if (rankLoad === null) return ['', ...lines, '', foot];
  const room = Math.min(WIDEST_BAR, (screen.columns ?? Number.POSITIVE_INFINITY) - lines[0]!.length - 2);
  return ['', ...lines.map((line, rank) => withBar(line, rankLoad[rank]!, room, screen.color)), '', foot];
}

/** `236x1 19x2 1x5`: so many experts have so many copies. */
function histogram(replicas: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const copies of replicas) counts.set(copies, (counts.get(copies) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([copies, experts]) => `${experts}x${copies}`)
    .join(' ');
}

function mostCopied(replicas: readonly number[]): string {
  const most = replicas.reduce((a, b) => Math.max(a, b));
  return most === 1 ? '-' : `${replicas.indexOf(most)}x${most}`;
}

const WIDEST = 64;
const NARROWEST = 8;
/** twice the mean, and more */
const WIDEST_BAR = 40;
/** rank load over mean, upper end of each step */
const STEPS = [0.5, 0.75, 0.9, 0.97, 1.03, 1.1, 1.25, 1.6];
const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
// from cool to hot, of the 256-colour palette, with contrast on black and on white; the middle is the even load
const COLORS = [25, 31, 30, 66, 65, 136, 166, 160];

function heat(rankLoad: readonly number[], cells: number, color: boolean): string {
  const peaks = Array.from({ length: cells }, (_, cell) => {
    const first = Math.floor((cell * rankLoad.length) / cells);
    const end = Math.floor(((cell + 1) * rankLoad.length) / cells);
    return Math.max(...rankLoad.slice(first, end));
  });
  return peaks.map((load) => cellOf(load, color)).join('');
}

function cellOf(load: number, color: boolean): string {
  const found = STEPS.findIndex((end) => load <= end);
  const step = found < 0 ? STEPS.length - 1 : found;
  return paint(BLOCKS[step]!, step, color);
}

/** Half of `room` is the mean. Where there is none for a bar, the number has to do. */
function withBar(line: string, load: number, room: number, color: boolean): string {
  const width = Math.min(room, Math.round((room / 2) * load));
  if (room < NARROWEST || width === 0) return line;
  const found = STEPS.findIndex((end) => load <= end);
  return `${line}  ${paint('█'.repeat(width), found < 0 ? STEPS.length - 1 : found, color)}`;
}

function paint(text: string, step: number, color: boolean): string {
  return color && text !== '' ? `\u001b[38;5;${COLORS[step]}m${text}\u001b[0m` : text;
}

function scale(color: boolean): string {
  const ends = STEPS.map(
    (end, step) => `${paint(BLOCKS[step]!, step, color)}${step === STEPS.length - 1 ? ' more' : `${end}`}`,
  );
  return ends.join(' ');
}
