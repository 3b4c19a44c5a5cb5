import type { NodeStatus } from './types.ts';

/** Why no token can come, however long it is waited for: a role of which no server runs. Null: one may come. */
export function hopelessReason(nodes: readonly NodeStatus[]): string | null {
  const roles = [...new Set(nodes.map(({ role }) => role))];
  const lost = roles.find((role) => nodes.every((node) => node.role !== role || !mayAnswer(node)));
  return lost === undefined ? null : `no ${lost} node can answer`;
}

function mayAnswer({ state }: NodeStatus): boolean {
  return state === 'serving' || state === 'degraded' || state === 'starting';
}
