import { age, duration } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';
import type { Advice } from './advice.ts';
import type { InstanceLoad } from './instanceLoads.ts';
import { loadColumns, loadLines } from './loadText.ts';
import { type Paint, painter } from './stateColors.ts';
import type { ClusterStatus } from './status.ts';
import { transferLines } from './transferText.ts';
import type { NodeStatus, State } from './types.ts';
import type { Warning } from './warnings.ts';

const SIGNS: Readonly<Record<State, string>> = {
  serving: '+',
  degraded: '~',
  starting: '.',
  dead: 'x',
  stopped: '-',
  unreachable: '?',
};

/** How a status is to be shown. */
export interface StatusView {
  /** Of the terminal: what has no room next to its node is below it. Absent: there is room for all. */
  readonly columns?: number | undefined;
  readonly hasColors?: boolean;
}

/**
 * The verdict, what to know besides, one line per node, then each problem with its next command. The sign in front of a node can be
 * read without colour.
 */
export function statusText(
  status: ClusterStatus,
  { columns = Number.POSITIVE_INFINITY, hasColors = false }: StatusView = {},
): string {
  const paint = painter(hasColors);
  const state = paint(status.state, status.state.toUpperCase());
  return [
    `${status.cluster} is ${state}: ${printable(status.reason)}`,
    ...status.warnings.map((warning) => warningLine(warning, paint)),
    ...nodeLines(status.nodes, status.loads.instances, columns, paint),
    ...loadLines(status.loads),
    ...transferLines(status),
    ...sharedLines(status.nodes),
    ...nextLines(status.next),
  ].join('\n');
}

const HEADINGS = ['node', 'role', 'host', 'state', 'servers'] as const;
const LAST_HEADING = 'since';
/** Numbers begin at this place, counted from the left, up to the last column. */
const SERVERS = HEADINGS.indexOf('servers');
const STATE = HEADINGS.indexOf('state');
const INDENT = '         ';

function nodeLines(
  nodes: readonly NodeStatus[],
  loads: readonly InstanceLoad[],
  columns: number,
  paint: Paint,
): string[] {
  const measured = loadColumns(loads);
  const headings = [...HEADINGS, ...measured.map(({ heading }) => heading), LAST_HEADING];
  const cells = nodes.map((node) => {
    const load = loads.find((each) => each.node === node.node);
    const numbers = measured.map(({ of }) => (load === undefined ? '' : of(load)));
    return [node.node, node.role, node.host, node.state, serversOf(node), ...numbers, sinceOf(node)];
  });
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i]!.length)));
  const isNumber = (i: number) => i >= SERVERS && i < headings.length - 1;
  const row = (values: readonly string[]) =>
    values.map((value, i) => (isNumber(i) ? value.padStart(widths[i]!) : value.padEnd(widths[i]!)));
  const rows = nodes.flatMap((node, i) => {
    const padded = row(cells[i]!);
    const plain = `  ${SIGNS[node.state]} ${padded.join('  ')}`;
    const whole = partsOf(node, nodes);
    // load takes the room of words that repeat the columns
    const isRepeated = measured.length > 0 && node.state === 'serving' && !isRoomFor(whole, plain, columns);
    const parts = isRepeated ? whole.filter((part) => part !== printable(node.reason)) : whole;
    const painted = padded.map((cell, at) => (at === STATE ? paint(node.state, cell) : cell));
    const line = `  ${paint(node.state, SIGNS[node.state])} ${painted.join('  ')}`;
    return [
      ...(isRoomFor(parts, plain, columns)
        ? [`${line}  ${parts.join('; ')}`.trimEnd()]
        : [line.trimEnd(), ...folded(parts, columns)]),
      ...(node.restartPending === null ? [] : [`${INDENT}restart pending: ${printable(node.restartPending)}`]),
      ...node.drift.map((drifted) => `${INDENT}drift: ${printable(drifted)}`),
    ];
  });
  return [`    ${row(headings).join('  ').trimEnd()}`, ...rows];
}

function isRoomFor(parts: readonly string[], line: string, columns: number): boolean {
  return line.length + 2 + parts.join('; ').length <= columns || parts.length === 0;
}

function serversOf({ servers }: NodeStatus): string {
  const answering = servers.filter((server) => server.problem === null).length;
  return servers.length === 0 ? '' : `${answering}/${servers.length}`;
}

function sinceOf({ upS }: NodeStatus): string {
  return upS === null ? '-' : age(upS);
}

function partsOf(node: NodeStatus, nodes: readonly NodeStatus[]): string[] {
  const restarts = node.restarts === 0 ? '' : `docker restarted it ${plural(node.restarts, 'time')}`;
  const image = node.image !== null && imagesOf(nodes).length > 1 ? `image ${node.image}` : '';
  return [node.reason, patternWords(node), dumpWords(node), restarts, image]
    .filter((part) => part !== '')
    .map(printable);
}

/** Below the nodes: what most of them have in common. */
function sharedLines(nodes: readonly NodeStatus[]): string[] {
  const images = imagesOf(nodes);
  const origins = new Map<string, string[]>();
  for (const { node, code } of nodes) {
    if (code === null) continue;
    const words = code
      .map(({ package: name, from }) => (from === null ? `${name} (not found)` : `${name} from ${from}`))
      .join(', ');
    origins.set(words, [...(origins.get(words) ?? []), node]);
  }
  return [
    ...(images.length === 1 ? [`  image ${printable(images[0]!)}`] : []),
    ...[...origins].map(
      ([words, of]) => `  ${origins.size === 1 ? 'servers import' : `${of.join(', ')}: import`} ${printable(words)}`,
    ),
  ];
}

function imagesOf(nodes: readonly NodeStatus[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ image }) => image ?? []))];
}

function warningLine({ of, text }: Warning, paint: Paint): string {
  return `  ${paint('degraded', '!')} ${of.length === 0 ? '' : `${of.join(', ')}: `}${printable(text)}`;
}

/** Below a node, as many parts to a line as there is room for. */
function folded(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = `${lines.at(-1)}; ${part}`;
    if (lines.length > 0 && joined.length <= columns) lines[lines.length - 1] = joined;
    else lines.push(`${INDENT}${part}`);
  }
  return lines;
}

/** By the name of its file: its digest is in --json. */
function patternWords({ pattern, patternFile, dynamic, swaps }: NodeStatus): string {
  const swapped = swaps === 0 ? '' : `swapped ${plural(swaps, 'time')} while it served`;
  if (pattern === null) return swapped === '' ? '' : `experts ${swapped}`;
  return [`pattern ${patternFile ?? pattern}`, dynamic ? 'dynamic' : '', swapped]
    .filter((word) => word !== '')
    .join(', ');
}

function dumpWords({ dump }: NodeStatus): string {
  if (dump === null) return '';
  // whole seconds
  const when = dump.ageS < 1 ? 'just now' : `${duration(dump.ageS * 1000)} ago`;
  return `dump ${dump.stamp}: ${plural(dump.windows, 'window')}, the last ${when}`;
}

function nextLines(next: readonly Advice[]): string[] {
  if (next.length === 0) return [];
  return [
    'next:',
    ...next.flatMap(({ of, problem, command, note }, i) => [
      `  ${of}: ${printable(problem)}`,
      // once, below the last of those that it repairs
      ...(next[i + 1]?.command === command && next[i + 1]?.note === note
        ? []
        : [`      ${command}`, ...(note === '' ? [] : [`      ${note}`])]),
    ]),
  ];
}
