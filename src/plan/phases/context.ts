import type { DesiredNode } from '../../engines/desired.ts';
import type { Node, NodeName, ServerNode, Topology } from '../../topology/topology.ts';
import type { Change } from '../change.ts';
import type { Examined, Finding } from '../findings/finding.ts';
import type { TakeOver } from '../foreign.ts';
import { type Step, stepOf } from '../step.ts';
import { isPause } from './isPause.ts';

/** All that a phase decides from; `facts` as they are once the containers to be taken over are out of the way. */
export interface PhaseContext extends Omit<Examined, 'pushBytes' | 'imageBytes'> {
  readonly takenOver: TakeOver['containers'];
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** Steps of the phases before this one. */
  readonly earlier: readonly Step[];
}

export type Phase = (context: PhaseContext) => readonly Step[];

/** Changes of one kind, with the node they are of. */
export function changesOfKind<K extends Change['kind']>(
  context: PhaseContext,
  kind: K,
): { readonly change: Extract<Change, { kind: K }>; readonly node: Node; readonly desired: DesiredNode }[] {
  return context.changes
    .filter((change): change is Extract<Change, { kind: K }> => change.kind === kind)
    .map((change) => ({
      change,
      node: nodeNamed(context.topology, change.node),
      desired: desiredOf(context, change.node),
    }));
}

/** Those that are not the router's. */
export function serverNodesOf(entries: readonly { readonly node: Node }[]): ServerNode[] {
  return entries.flatMap(({ node }) => (node.role === 'proxy' ? [] : [node]));
}

/** A step that fails with the reason why nothing may be done to a part of a node. */
export function blockedSteps(
  context: PhaseContext,
  what: 'container' | 'server',
  tag: 'run_docker' | 'run_server',
): Step[] {
  return changesOfKind(context, 'blocked')
    .filter(({ change }) => change.what === what)
    .map(({ change }) =>
      stepOf(tag, 'blocked', change, {
        title: what === 'container' ? 'see to the container' : 'start the server',
        action: { kind: 'check', verdict: 'failed', reason: change.because },
        deadlineMs: 1_000,
      }),
    );
}

/** Other nodes on a step's host: what is done for the host as a whole is done for them too. */
export function othersOn(topology: Topology, host: string, node: NodeName): readonly NodeName[] {
  return topology.nodes.filter((other) => other.host === host && other.name !== node).map((other) => other.name);
}

/** Earlier steps that make what this node needs: its own, those done for all nodes of its host, and freed dies. */
export function groundOf({ earlier }: PhaseContext, node: NodeName, host: string): readonly Step[] {
  return (onHosts(earlier).get(host) ?? []).filter(
    (step) =>
      step.tag !== 'preflight' &&
      !isPause(step) &&
      (step.tag === 'take_over' || step.node === node || step.alsoFor?.includes(node)),
  );
}

const seen = new WeakMap<readonly Step[], ReadonlyMap<string, readonly Step[]>>();

/** Steps by host: asked for once for each node, so a hundred of them must not look through all steps each. */
function onHosts(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const before = seen.get(steps);
  if (before) return before;
  const hosts = new Map<string, Step[]>();
  for (const step of steps) {
    const there = hosts.get(step.host);
    if (there) there.push(step);
    else hosts.set(step.host, [step]);
  }
  seen.set(steps, hosts);
  return hosts;
}

export function nodeNamed(topology: Topology, name: NodeName): Node {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`no node ${name} in the topology`);
  return node;
}

function desiredOf(context: PhaseContext, name: NodeName): DesiredNode {
  const desired = context.desired.nodes[name];
  if (!desired) throw new Error(`nothing desired of node ${name}`);
  return desired;
}
