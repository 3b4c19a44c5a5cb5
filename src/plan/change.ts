import type { Artifact } from '../engines/artifact.ts';
import type { Desired, DesiredNode } from '../engines/desired.ts';
import type { Facts, ReachedHost } from '../facts/facts.ts';
import { shortDigest } from '../files/digests.ts';
import type { NodeName, Topology } from '../topology/topology.ts';
import { artifactChange } from './artifactChange.ts';
import { type ContainerChange, containerChange, containerObstacle } from './containerChange.ts';

/** A difference between what should be and what is, with its reason. */
export type Change = { readonly node: NodeName; readonly host: string; readonly because: string } & (
  | { readonly kind: 'image' }
  | ({ readonly kind: 'container' } & ContainerChange)
  /** Of files that are put: those that differ. */
  | { readonly kind: 'artifact'; readonly artifact: Artifact }
  /** reload: it serves on, and takes over its artifacts. */
  | { readonly kind: 'server'; readonly how: 'start' | 'restart' | 'reload' }
  /** What can't be decided or must not be done: its step fails with the reason, whatever was selected. */
  | { readonly kind: 'blocked'; readonly what: 'container' | 'server' }
);

/**
 * Compares every desired node with the facts of its host. Hosts that were not reached have no changes (nothing is known of
 * them; preflight refuses them). Changes of a node stand in the order in which they have to be made.
 */
export function findChanges(desired: Desired, facts: Facts, topology: Topology): readonly Change[] {
  const changes: Change[] = [];
  const seen = new Set<string>();
  const firstOn = (address: string) => (what: string) => seen.size < seen.add(`${address} ${what}`).size;
  for (const node of Object.values(desired.nodes)) {
    const host = facts[node.host];
    if (!host?.reachable) continue;
    changes.push(...nodeChanges(node, host, firstOn(node.host), topology.cluster, unknownOf(node.node, desired)));
  }
  return reloadsBesideServers(withWholeInstances(changes, desired, facts, topology));
}

/**
 * What passes requests on reloads while all servers continue. Before one restarts it has to stop: it closes its connections itself, and
 * leaves no port in TIME_WAIT that the server needs again.
 */
function reloadsBesideServers(changes: readonly Change[]): readonly Change[] {
  const restarts = changes.some((change) => change.kind === 'server' && change.how === 'restart');
  return changes.map((change) =>
    restarts && change.kind === 'server' && change.how === 'reload' ? { ...change, how: 'restart' } : change,
  );
}

function nodeChanges(
  node: DesiredNode,
  host: ReachedHost,
  /** False for what an earlier node of the host was asked about. */
  isFirst: (what: string) => boolean,
  cluster: string,
  unknown: string | null,
): Change[] {
  const at = { node: node.node, host: node.host };
  const changes: Change[] = [];
  const obstacle = containerObstacle(node, host, cluster);
  const container = obstacle === null ? containerChange(node, host) : null;

  if (isFirst('image') && host.docker.state === 'up' && host.docker.images[node.container.image] == null) {
    changes.push({ ...at, kind: 'image', because: `${node.container.image} is not on the host` });
  }
  if (obstacle !== null) changes.push({ ...at, kind: 'blocked', what: 'container', because: obstacle });
  if (container) changes.push({ ...at, kind: 'container', ...container });
  for (const artifact of node.artifacts) {
    if (artifact.scope === 'host' && !isFirst(`artifact ${artifact.tag}`)) continue;
    const change = artifactChange(artifact, { node, host, container, isBlocked: obstacle !== null });
    if (change !== null) changes.push({ ...at, kind: 'artifact', ...change });
  }

  const server = serverChange(node, host, container, changes);
  if (server === null || obstacle !== null) return changes;
  // a running server whose right state isn't known is left as it is; one that doesn't run can't be started
  if (unknown === null || isHung(node, host)) changes.push({ ...at, kind: 'server', ...server });
  else if (!isRunning(node, host)) changes.push({ ...at, kind: 'blocked', what: 'server', because: unknown });
  return changes;
}

/** It lives, and answers nothing until somebody lets it go on: it starts anew as what it is. */
function isHung(node: DesiredNode, host: ReachedHost): boolean {
  const running = host.processes.filter((process) => process.node === node.server.identity);
  const asDesired = running.some((process) => process.leader && process.generation === node.server.generation);
  return asDesired && running.some(({ pid }) => host.stoppedPids.includes(pid));
}

/** Why a node's whole desired state can't be known; null: it is. */
export function unknownOf(node: NodeName, desired: Desired): string | null {
  const missing = desired.unknown.filter((unknown) => unknown.node === node);
  const facts = [...new Set(missing.map(({ fact, host, of }) => (of === 'host' ? `${fact} of ${host}` : fact)))];
  return facts.length === 0 ? null : `not known: ${facts.join(', ')}`;
}

function isRunning(node: DesiredNode, host: ReachedHost): boolean {
  return host.processes.some((process) => process.node === node.server.identity);
}

/** The ranks of an instance meet once, at its start: all of it starts, or nothing of it. */
function withWholeInstances(
  changes: readonly Change[],
  desired: Desired,
  facts: Facts,
  topology: Topology,
): readonly Change[] {
  const isAbsent = (name: NodeName) => facts[desired.nodes[name]?.host ?? '']?.reachable !== true;
  const possible = changes.map((change): Change => {
    const mates = topology.instances.find(({ nodes }) => nodes.includes(change.node))?.nodes ?? [];
    const absent = change.kind === 'server' ? mates.find(isAbsent) : undefined;
    if (absent === undefined) return change;
    const because = `${change.because}; but its instance starts together, and the host of ${absent} is not reached`;
    return { node: change.node, host: change.host, kind: 'blocked', what: 'server', because };
  });
  return [...possible, ...restartsOfWholeInstances(possible, desired, facts, topology)];
}

/** The ranks of an instance meet once, at start: when one node of it starts anew, all of it must. */
function restartsOfWholeInstances(
  changes: readonly Change[],
  desired: Desired,
  facts: Facts,
  topology: Topology,
): Change[] {
  const blocked = new Set(changes.filter((change) => change.kind === 'blocked').map((change) => change.node));
  const starting = new Set(changes.filter((change) => change.kind === 'server').map((change) => change.node));
  return topology.instances.flatMap((instance) => {
    const first = instance.nodes.find((name) => starting.has(name));
    if (first === undefined) return [];
    return instance.nodes.flatMap((name): Change[] => {
      const node = desired.nodes[name];
      const reached = node !== undefined && facts[node.host]?.reachable === true;
      if (starting.has(name) || !reached || blocked.has(name)) return [];
      const because = `its instance starts together, and ${first} does`;
      return [{ node: name, host: node.host, kind: 'server', how: 'restart', because }];
    });
  });
}

function serverChange(
  node: DesiredNode,
  host: ReachedHost,
  container: ContainerChange | null,
  changes: readonly Change[],
): { how: 'start' | 'restart' | 'reload'; because: string } | null {
  const running = host.processes.filter((process) => process.node === node.server.identity);
  const leader = running.find((process) => process.leader && process.generation === node.server.generation);
  // what runs in the container that was replaced goes with it; in its successor it is judged as any other
  if (container !== null && container.how !== 'finish') {
    const how = running.length > 0 ? 'restart' : 'start';
    return {
      how,
      because:
        container.how === 'start'
          ? 'its container had stopped'
          : container.how === 'create'
            ? 'new container'
            : `new container: ${container.because}`,
    };
  }
  const isLeftRunning = host.docker.containers.some(({ id, running: runs }) => id === container?.leftover && runs);
  // a run was killed before it removed the container in which the server runs
  if (isLeftRunning && running.length > 0) return { how: 'restart', because: 'its container was replaced under it' };
  if (running.length === 0) return { how: 'start', because: 'not running' };
  if (leader) {
    const strangers = running.filter((process) => process.generation !== node.server.generation);
    if (strangers.length > 0)
      return {
        how: 'restart',
        because: `processes of generation ${shortDigest(strangers[0]!.generation)} run beside it`,
      };
    const hung = running.find(({ pid }) => host.stoppedPids.includes(pid));
    return hung ? { how: 'restart', because: `it hangs: its process ${hung.pid} is stopped` } : null;
  }
  const made = changes.map((change) => change.because);
  const older = shortDigest(running[0]!.generation);
  if (running.every((process) => process.generation === node.server.generation))
    return { how: 'restart', because: 'its launcher is gone, only descendants run' };
  return {
    how: node.server.reload === undefined ? 'restart' : 'reload',
    because:
      made.length > 0
        ? made.join('; ')
        : `it runs generation ${older}, ${shortDigest(node.server.generation)} is on the host`,
  };
}
