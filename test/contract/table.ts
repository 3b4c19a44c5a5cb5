import type { NodeName } from '../../src/topology/topology.ts';

/** Reasons by node, of one deployment on one tree; empty: that node started as it should. */
export type Outcome = Readonly<Record<NodeName, readonly string[]>>;

/** A row for each deployment with the nodes that were started, a column for each tree: `ok`, or the nodes that did not start as they should. */
export function tableOf(outcomes: ReadonlyMap<string, ReadonlyMap<string, Outcome>>): string {
  const trees = [...outcomes.keys()];
  const names = [...new Set([...outcomes.values()].flatMap((ofTree) => [...ofTree.keys()]))];
  const rows = names.map((name) => {
    const found = trees.map((tree) => outcomes.get(tree)!.get(name));
    const nodes = Object.keys(found.find((outcome) => outcome !== undefined)!).join(' ');
    return [name, nodes, ...found.map(cell)];
  });
  const header = ['deployment', 'nodes', ...trees];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  const failed = Object.entries(outcome).flatMap(([node, reasons]) => (reasons.length > 0 ? [`!${node}`] : []));
  return failed.length === 0 ? 'ok' : failed.join(' ');
}
