import type { RecordedLoads } from '../../engines/expertControl.ts';
import type { Instance, ServerNode, Topology } from '../../topology/topology.ts';

/** The node of an instance that writes its windows; null: the instance has no such rank. */
export function recordingNode(
  instance: Instance,
  { nodes }: Topology,
  recorded: Pick<RecordedLoads, 'rank'>,
): ServerNode | null {
  const members = nodes.filter(
    (node): node is ServerNode => node.role !== 'proxy' && instance.nodes.includes(node.name),
  );
  const master = members.find(({ name }) => name === instance.master);
  if (master === undefined) return null;
  const rank = recorded.rank(master.settings);
  return members.find(({ rankOffset, dies }) => rank >= rankOffset && rank < rankOffset + dies.length) ?? null;
}
