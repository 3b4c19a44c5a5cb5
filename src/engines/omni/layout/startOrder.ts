import type { NodeName, ServerNode } from '../../../topology/topology.ts';

/** Decode goes first: the connectors of prefill servers look for it when they start. */
export function startOrder(nodes: readonly ServerNode[]): readonly (readonly NodeName[])[] {
  const namesOf = (isWanted: (node: ServerNode) => boolean) => nodes.filter(isWanted).map(({ name }) => name);
  return [namesOf(({ role }) => role === 'decode'), namesOf(({ role }) => role !== 'decode')];
}
