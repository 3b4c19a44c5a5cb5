import { limitedNodes } from '../../plan/select.ts';
import { splitCommas } from '../../plan/splitCommas.ts';
import type { Node, Topology } from '../../topology/topology.ts';

export interface NamedNodes {
  readonly nodes: readonly Node[];
  /** One sentence for each word that matches nothing. */
  readonly problems: readonly string[];
}

/** The nodes that words name (hosts, nodes, roles, groups, `*`, `!`), in the topology's order; no words: all of them. */
export function namedNodes(given: readonly string[], topology: Topology): NamedNodes {
  const problems: string[] = [];
  const names = limitedNodes(splitCommas(given), topology, problems);
  return {
    nodes: topology.nodes.filter((node) => names.has(node.name)),
    problems: problems.map((problem) => problem.replace(/^--limit /, '')),
  };
}
