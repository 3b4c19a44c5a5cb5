import type { Desired, DesiredFile, DesiredNode } from '../engines/engine.ts';
import type { ContainerFacts, Facts, ReachedHost } from '../facts/facts.ts';
import { shortDigest } from '../files/digests.ts';
import type { NodeName, Topology } from '../topology/topology.ts';

/** A difference between what should be and what is, with its reason. */
export type Change = { readonly node: NodeName; readonly host: string; readonly because: string } & (
  | { readonly kind: 'image' }
  | {
      readonly kind: 'container';
      readonly how: 'create' | 'recreate' | 'start' /** id of the container to be replaced */;
      readonly replaces: string | null;
    }
  | { readonly kind: 'code' }
  | { readonly kind: 'files'; readonly files: readonly DesiredFile[] }
  | { readonly kind: 'wheels' }
  | { readonly kind: 'rank-tables'; readonly files: readonly DesiredFile[] }
  | { readonly kind: 'server'; readonly how: 'start' | 'restart' }
  /** What can't be decided or must not be done: its step fails with the reason, whatever was selected. */
  | { readonly kind: 'blocked'; readonly what: 'container' | 'server' }
);

/**
 * Compares every desired node with the facts of its host. Hosts that were not reached have no changes (nothing is known of
 * them; preflight refuses them). Changes of a node stand in the order in which they have to be made.
 */
export function findChanges(desired: Desired, facts: Facts, topology: Topology): readonly Change[] {
  const changes: Change[] = [];
  const hostsDone = new Set<string>();
  for (const node of Object.values(desired.nodes)) {
    const host = facts[node.host];
    if (!host?.reachable) continue;
    const firstOfHost = !hostsDone.has(node.host);
    hostsDone.add(node.host);
    changes.push(...nodeChanges(node, host, firstOfHost, topology.cluster, unknownOf(node.node, desired)));
  }
  return withWholeInstances(changes, desired, facts, topology);
}

function nodeChanges(
  node: DesiredNode,
  host: ReachedHost,
  firstOfHost: boolean,
  cluster: string,
  unknown: string | null,
): Change[] {
  const at = { node: node.node, host: node.host };
  const changes: Change[] = [];
  const obstacle = containerObstacle(node, host, cluster);
  const container = obstacle === null ? containerChange(node, host) : null;

  if (firstOfHost && host.docker.state === 'up' && host.docker.images[node.container.image] == null) {
    changes.push({ ...at, kind: 'image', because: `${node.container.image} is not on the host` });
  }
  if (obstacle !== null) changes.push({ ...at, kind: 'blocked', what: 'container', because: obstacle });
  if (container) changes.push({ ...at, kind: 'container', ...container });
  if (firstOfHost && node.code) {
    const found = host.texts[node.code.marker]?.trim() ?? null;
    if (found !== node.code.digest) {
      changes.push({
        ...at,
        kind: 'code',
        because:
          found === null
            ? 'the code is not on the host'
            : `the code changed (${shortDigest(found)} -> ${shortDigest(node.code.digest)})`,
      });
    } else if (host.codeEdits.length > 0)
      changes.push({
        ...at,
        kind: 'code',
        because: `changed on the host after it was synced: ${named(host.codeEdits)}`,
      });
  }
  const files = differing(node.files, host);
  if (files.length > 0) changes.push({ ...at, kind: 'files', files, because: becauseOfFiles(files, host) });

  const wheels = obstacle === null ? wheelsReason(node, host, container) : null;
  if (wheels !== null) changes.push({ ...at, kind: 'wheels', because: wheels });

  const rankTables = differing(node.rankTables, host);
  if (rankTables.length > 0)
    changes.push({ ...at, kind: 'rank-tables', files: rankTables, because: becauseOfFiles(rankTables, host) });

  const server = serverChange(node, host, container, changes);
  if (server === null || obstacle !== null) return changes;
  // a running server whose right state isn't known is left alone; one that doesn't run can't be started
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

/** Why nothing may be done to a node's container; null: something may. */
function containerObstacle(node: DesiredNode, host: ReachedHost, cluster: string): string | null {
  if (host.docker.state !== 'up')
    return host.docker.state === 'absent' ? 'no docker on the host' : 'docker does not answer';
  const found = containerOf(node, host);
  return found && !isOurs(found, cluster, node.node) ? `container ${found.name} ${ownerOf(found)}` : null;
}

/** Only what carries both labels is ours; a name proves nothing. */
export function isOurs(container: ContainerFacts, cluster: string, node: string): boolean {
  return container.labels['omniplace.cluster'] === cluster && container.labels['omniplace.node'] === node;
}

/** `was not made by omniplace`, or `belongs to other/d0` */
export function ownerOf(container: ContainerFacts): string {
  const owner = container.labels['omniplace.cluster'];
  return owner === undefined
    ? 'was not made by omniplace'
    : `belongs to ${owner}/${container.labels['omniplace.node'] ?? '?'}`;
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

type ContainerChange = { how: 'create' | 'recreate' | 'start'; replaces: string | null; because: string };

function containerChange(node: DesiredNode, host: ReachedHost): ContainerChange | null {
  const found = containerOf(node, host);
  if (!found) return { how: 'create', replaces: null, because: 'no container' };
  const imageId = host.docker.images[node.container.image];
  if (found.labels['omniplace.spec'] !== node.container.spec) {
    return { how: 'recreate', replaces: found.id, because: 'its docker run arguments changed' };
  }
  if (imageId && found.imageId && found.imageId !== imageId) {
    return {
      how: 'recreate',
      replaces: found.id,
      because: `it runs image ${shortDigest(found.imageId)}, ${node.container.image} is now ${shortDigest(imageId)}`,
    };
  }
  if (!found.running) return { how: 'start', replaces: null, because: `container is ${found.status}` };
  return null;
}

/** The container of a node's name; whether it is ours is preflight's question. */
export function containerOf(node: DesiredNode, host: ReachedHost): ContainerFacts | undefined {
  return host.docker.containers.find((container) => container.name === node.container.name);
}

function differing(files: readonly DesiredFile[], host: ReachedHost): DesiredFile[] {
  return files
    .map((file) => ({ ...file, found: host.digests[file.path] ?? null }))
    .filter((file) => file.found !== file.sha256);
}

function becauseOfFiles(files: readonly DesiredFile[], host: ReachedHost): string {
  const missing = files.filter((file) => (host.digests[file.path] ?? null) === null);
  const changed = files.filter((file) => !missing.includes(file));
  const name = (file: DesiredFile) => file.path.slice(file.path.lastIndexOf('/') + 1);
  const list = (some: readonly DesiredFile[]) => named([...new Set(some.map(name))]);
  return [missing.length > 0 ? `missing: ${list(missing)}` : '', changed.length > 0 ? `changed: ${list(changed)}` : '']
    .filter(Boolean)
    .join('; ');
}

function named(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function wheelsReason(node: DesiredNode, host: ReachedHost, container: ContainerChange | null): string | null {
  if (node.wheels.length === 0) return null;
  const found = containerOf(node, host);
  if (!found || (container !== null && container.how !== 'start')) return 'new container';
  const installed = host.texts[node.paths.wheelsMarker]?.trim() ?? null;
  const wanted = wheelsMarkerText(node, found.id).trim();
  if (installed === wanted) return null;
  if (installed === null || !installed.startsWith(found.id)) return 'wheels are not installed in this container';
  return 'wheels changed';
}

/** What is done inside a container is marked on the host under the container's id: a new container voids it. */
export function wheelsMarkerText(node: DesiredNode, containerId: string): string {
  return [containerId, ...node.wheels.map((wheel) => `${wheel.sha256}  ${wheel.path}`), ''].join('\n');
}

function serverChange(
  node: DesiredNode,
  host: ReachedHost,
  container: ContainerChange | null,
  changes: readonly Change[],
): { how: 'start' | 'restart'; because: string } | null {
  const running = host.processes.filter((process) => process.node === node.server.identity);
  const leader = running.find((process) => process.leader && process.generation === node.server.generation);
  if (container) {
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
    how: 'restart',
    because:
      made.length > 0
        ? made.join('; ')
        : `it runs generation ${older}, ${shortDigest(node.server.generation)} is on the host`,
  };
}

/** Enough of a digest to tell two apart by eye. */
