import { printable } from './words.ts';

/** The parts of a cluster's status that are shown; `operations/status.ts` makes them. */
export interface ShownStatus {
  readonly state: string;
  readonly reason: string;
  readonly cluster: string;
  readonly deployment: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly host: string;
    readonly state: string;
    readonly reason: string;
    readonly generation: string | null;
    readonly restartPending: string | null;
    readonly servers: readonly { readonly of: string; readonly port: number; readonly problem: string | null }[];
  }[];
}

const SIGNS: Readonly<Record<string, string>> = {
  serving: '+',
  degraded: '~',
  starting: '.',
  dead: 'x',
  stopped: '-',
  unreachable: '?',
};

/** One line per node, below the verdict. The sign in front can be read without colour. */
export function statusText(status: ShownStatus): string {
  const width = (values: readonly string[]) => Math.max(...values.map((value) => value.length));
  const hosts = width(status.nodes.map((node) => node.host));
  const states = width(status.nodes.map((node) => node.state));
  const rows = status.nodes.flatMap((node) => {
    const answering = node.servers.filter((server) => server.problem === null).length;
    const servers = node.servers.length === 0 ? '' : `${answering}/${node.servers.length}`;
    const generation = node.generation === null ? '-' : node.generation.slice(0, 12);
    const line = `  ${SIGNS[node.state] ?? ' '} ${node.node.padEnd(4)} ${node.role.padEnd(7)} ${node.host.padEnd(hosts)}  ${node.state.padEnd(states)}  ${servers.padStart(5)}  ${generation.padEnd(12)}  ${printable(node.reason)}`;
    return node.restartPending === null
      ? [line.trimEnd()]
      : [line.trimEnd(), `         restart pending: ${printable(node.restartPending)}`];
  });
  return [`${status.cluster} is ${status.state.toUpperCase()}: ${printable(status.reason)}`, ...rows].join('\n');
}
