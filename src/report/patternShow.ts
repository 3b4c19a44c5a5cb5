import type { ShowAnswer, ShownLayer } from '../patterns/show.ts';
import { table } from './patternTable.ts';

/** A line per layer; of one layer alone a line per rank. `color`: the terminal understands 256 colours. */
export function showText(answer: ShowAnswer, color: boolean): string {
  const { file, layers, experts, ranks, shown } = answer;
  const head = `${file}: ${layers} layers x ${experts} experts on ${ranks} ranks`;
  const only = answer.shown.length === 1 ? shown[0]! : null;
  return [head, '', ...(only !== null ? layerLines(only, answer, color) : overviewLines(answer, color))].join('\n');
}

function overviewLines({ shown, split, ranks }: ShowAnswer, color: boolean): string[] {
  const heated = shown.some(({ rankLoad }) => rankLoad !== null);
  const rows = shown.map(({ layer, slotsPerRank, replicas, par }) => [
    String(layer).padStart(5),
    String(slotsPerRank),
    histogram(replicas),
    mostCopied(replicas),
    ...(par === null ? [] : [par.toFixed(4)]),
  ]);
  const title = ['layer', 'slots', 'experts x copies', 'most copies', ...(heated ? ['PAR'] : [])];
  const [first, ...lines] = table([title, ...rows]);
  if (!heated) return [first!, ...lines];
  const legend = `each rank's load under ${split} split, ${ranks > WIDEST ? 'the hottest of neighbours, ' : ''}${scale(color)}`;
  return [`${first}  ${legend}`, ...lines.map((line, i) => `${line}  ${heat(shown[i]!.rankLoad!, color)}`)];
}

function layerLines({ ranks, rankLoad, replicas, par }: ShownLayer, { split }: ShowAnswer, color: boolean): string[] {
  const rows = ranks.map((experts, rank) => [
    `rank ${String(rank).padStart(3)}`,
    ...experts.map((expert) => (expert < 0 ? '-' : `${expert}${replicas[expert]! > 1 ? `x${replicas[expert]}` : ''}`)),
  ]);
  const lines = table(rows);
  const foot = `${histogram(replicas)} experts x copies${par === null ? '' : `; PAR ${par.toFixed(4)} under ${split} split`}; 7x3: expert 7, which has 3 copies`;
  if (rankLoad === null) return [...lines, '', foot];
  return [
    ...lines.map((line, rank) => `${line}  ${bar(rankLoad[rank]!, color)} ${rankLoad[rank]!.toFixed(3)}`),
    '',
    foot,
  ];
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
/** rank load over mean, upper end of each step */
const STEPS = [0.5, 0.75, 0.9, 0.97, 1.03, 1.1, 1.25, 1.6];
const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
// from cool to hot, of the 256-colour palette; the middle is the even load
const COLORS = [24, 31, 73, 108, 150, 179, 208, 196];

function heat(rankLoad: readonly number[], color: boolean): string {
  const cells = Math.min(WIDEST, rankLoad.length);
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

function bar(load: number, color: boolean): string {
  const found = STEPS.findIndex((end) => load <= end);
  const width = Math.max(0, Math.min(40, Math.round(20 * load)));
  return paint('█'.repeat(width), found < 0 ? STEPS.length - 1 : found, color) + ' '.repeat(40 - width);
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
