import { limitedNodes } from '../plan/select.ts';
import type { Node, Topology } from '../topology/topology.ts';

export interface NamedNodes {
  readonly nodes: readonly Node[];
  /** One sentence for each word that matches nothing. */
  readonly problems: readonly string[];
}

/** The nodes that words name (hosts, nodes, roles, groups, `*`, `!`), in the topology's order; no words: all of them. */
export function namedNodes(words: readonly string[], topology: Topology): NamedNodes {
  const problems: string[] = [];
  const split = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
  const names = limitedNodes(split, topology, problems);
  return {
    nodes: topology.nodes.filter((node) => names.has(node.name)),
    problems: problems.map((problem) => problem.replace(/^--limit /, '')),
  };
}
