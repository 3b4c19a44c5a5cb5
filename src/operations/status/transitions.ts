import type { ClusterStatus } from './status.ts';
import type { ClusterState } from './types.ts';

/** A change of state between two rounds. */
export interface Transition {
  /** A node, or the cluster. */
  readonly of: string;
  readonly from: ClusterState;
  readonly to: ClusterState;
  readonly reason: string;
  readonly at: Date;
}

/** The cluster's first, then those of its nodes. */
export function transitionsBetween(before: ClusterStatus, after: ClusterStatus, at: Date): readonly Transition[] {
  const states = new Map(before.nodes.map(({ node, state }) => [node, state]));
  const nodes = after.nodes.flatMap(({ node, state, reason }) => {
    const from = states.get(node);
    return from === undefined || from === state ? [] : [{ of: node, from, to: state, reason, at }];
  });
  const { cluster: of, state: to, reason } = after;
  return [...(before.state === to ? [] : [{ of, from: before.state, to, reason, at }]), ...nodes];
}

/** `22:58:23  p1 serving -> dead: its server ended with exit code 1` */
export function transitionText({ of, from, to, reason, at }: Transition): string {
  return `${clock(at)}  ${of} ${from} -> ${to}: ${reason}`;
}

export function clock(at: Date): string {
  return at.toTimeString().slice(0, 8);
}
