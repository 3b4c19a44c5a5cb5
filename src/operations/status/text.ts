import { duration } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';
import type { Advice } from './advice.ts';
import type { ClusterStatus } from './status.ts';
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

/**
 * One line per node, below the verdict, then each problem with its next command. The sign in front can be read without colour.
 * @param columns of the terminal: what has no room beside its node stands below it
 */
export function statusText(status: ClusterStatus, columns = Number.POSITIVE_INFINITY): string {
  const width = (values: readonly string[]) => Math.max(...values.map((value) => value.length));
  const hosts = width(status.nodes.map((node) => node.host));
  const states = width(status.nodes.map((node) => node.state));
  const rows = status.nodes.flatMap((node) => {
    const answering = node.servers.filter((server) => server.problem === null).length;
    const servers = node.servers.length === 0 ? '' : `${answering}/${node.servers.length}`;
    const generation = node.generation === null ? '-' : node.generation.slice(0, 12);
    const parts = [node.reason, patternWords(node), dumpWords(node)].filter((part) => part !== '').map(printable);
    const line = `  ${SIGNS[node.state]} ${node.node.padEnd(4)} ${node.role.padEnd(7)} ${node.host.padEnd(hosts)}  ${node.state.padEnd(states)}  ${servers.padStart(5)}  ${generation.padEnd(12)}`;
    const whole = `${line}  ${parts.join('; ')}`;
    return [
      ...(whole.length <= columns ? [whole.trimEnd()] : [line.trimEnd(), ...folded(parts, columns)]),
      ...(node.restartPending === null ? [] : [`         restart pending: ${printable(node.restartPending)}`]),
      ...node.drift.map((drifted) => `         drift: ${printable(drifted)}`),
    ];
  });
  return [
    `${status.cluster} is ${status.state.toUpperCase()}: ${printable(status.reason)}`,
    ...status.warnings.map(warningLine),
    ...rows,
    ...nextLines(status.next),
  ].join('\n');
}

function warningLine({ of, text }: Warning): string {
  return `  ! ${of.length === 0 ? '' : `${of.join(', ')}: `}${printable(text)}`;
}

/** Below a node, as many parts to a line as there is room for. */
function folded(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = `${lines.at(-1)}; ${part}`;
    if (lines.length > 0 && joined.length <= columns) lines[lines.length - 1] = joined;
    else lines.push(`         ${part}`);
  }
  return lines;
}

function patternWords({ pattern, dynamic }: NodeStatus): string {
  if (pattern === null) return '';
  const name = pattern === 'base' || pattern === 'off' ? pattern : pattern.slice(0, 12);
  return `pattern ${name}${dynamic ? ', dynamic' : ''}`;
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
      // said once, below the last of those that it mends
      ...(next[i + 1]?.command === command && next[i + 1]?.note === note
        ? []
        : [`      ${command}`, ...(note === '' ? [] : [`      ${note}`])]),
    ]),
  ];
}
