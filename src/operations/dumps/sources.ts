import type { ClusterView } from '../cluster/clusterView.ts';
import type { DumpSource } from './types.ts';

/** The instances of the named nodes that have dumps to fetch, and what they share with any other. */
export function dumpSources(
  clusterView: Pick<ClusterView, 'topology'>,
  names: ReadonlySet<string>,
): { sources: DumpSource[]; problems: string[] } {
  const { topology } = clusterView;
  const all: DumpSource[] = [];
  const problems: string[] = [];
  const isNamed = ({ instance }: DumpSource): boolean => instance.nodes.some((name) => names.has(name));
  for (const instance of topology.instances) {
    const node = topology.nodes.find((candidate) => candidate.name === instance.master);
    if (node === undefined || node.role === 'proxy') continue;
    const { dumpDir } = node.settings.placement;
    if (dumpDir === null) continue;
    const name = `${LETTERS[node.role]}${instance.group.ordinal}`;
    const source = { name, instance, node, dumpDir };
    const other = all.find((one) => one.node.host === node.host && one.dumpDir === dumpDir);
    if (other && (isNamed(source) || isNamed(other)))
      problems.push(
        `${name} and ${other.name} both write to ${dumpDir} of ${node.host}: nothing tells their windows apart; give each a dump_dir of its own`,
      );
    all.push(source);
  }
  return { sources: problems.length > 0 ? [] : all.filter(isNamed), problems };
}

const LETTERS = { prefill: 'P', decode: 'D', mixed: 'M' } as const;
