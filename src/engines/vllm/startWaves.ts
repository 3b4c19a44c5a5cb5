import type { NodeName, ServerNode } from '../../topology/topology.ts';

/** Decode first, so that a restart in turns takes prefill first: decode may end when the prefill that it met is replaced. */
export function startWaves(nodes: readonly ServerNode[]): readonly (readonly NodeName[])[] {
  const namesOf = (isWanted: (node: ServerNode) => boolean) => nodes.filter(isWanted).map(({ name }) => name);
  return [namesOf(({ role }) => role === 'decode'), namesOf(({ role }) => role !== 'decode')];
}
