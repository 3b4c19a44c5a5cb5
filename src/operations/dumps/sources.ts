import type { ClusterView } from '../cluster/clusterView.ts';
import { recordingControlOf } from '../cluster/recordingControl.ts';
import { recordingNode } from '../cluster/recordingNode.ts';
import type { DumpSource } from './types.ts';

/**
 * The instances of the named nodes that have dumps to fetch, and what they share with any other.
 * @throws UserError where the engine records none
 */
export function dumpSources(
  { engine, topology }: Pick<ClusterView, 'engine' | 'topology'>,
  names: ReadonlySet<string>,
): { sources: DumpSource[]; problems: string[] } {
  const experts = recordingControlOf(engine);
  const all: DumpSource[] = [];
  const problems: string[] = [];
  const isNamed = ({ instance }: DumpSource): boolean => instance.nodes.some((name) => names.has(name));
  for (const instance of topology.instances) {
    const node = recordingNode(instance, topology, experts.recorded);
    if (node === null) continue;
    const placed = experts.placed(node.settings);
    const { recordFolder: dumpDir } = placed;
    if (dumpDir === null) continue;
    const name = `${LETTERS[node.role]}${instance.group.ordinal}`;
    const ranks = experts.ranks(instance, node.settings);
    const source = { name, instance, ranks, node, dumpDir, placed, codec: experts.recorded.codec };
    const other = all.find((one) => one.node.host === node.host && one.dumpDir === dumpDir);
    if (other && (isNamed(source) || isNamed(other)))
      problems.push(
        `${name} and ${other.name} both write to ${dumpDir} of ${node.host}: nothing tells their windows apart; give each a ${experts.recorded.folderKey} of its own`,
      );
    all.push(source);
  }
  return { sources: problems.length > 0 ? [] : all.filter(isNamed), problems };
}

const LETTERS = { prefill: 'P', decode: 'D', mixed: 'M' } as const;
