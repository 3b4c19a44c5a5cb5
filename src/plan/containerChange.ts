import type { DesiredNode } from '../engines/desired.ts';
import type { ContainerFacts, ReachedHost } from '../facts/facts.ts';
import { shortDigest } from '../files/digests.ts';

export interface ContainerChange {
  /** `finish`: it is there, and what it replaces is too. */
  readonly how: 'create' | 'recreate' | 'start' | 'finish';
  /** Id of the container to be replaced. */
  readonly replaces: string | null;
  /** Id of a container that was replaced, and is left of a run that was killed meanwhile; absent: none. */
  readonly leftover?: string;
  readonly because: string;
}

const LEFT = 'a run ended while it replaced the container';

export function containerChange(node: DesiredNode, host: ReachedHost): ContainerChange | null {
  const left = replacedOf(node, host);
  if (left === undefined) return ownChange(node, host);
  if (!containerOf(node, host)) return { how: 'recreate', replaces: left.id, because: LEFT };
  return { ...(ownChange(node, host) ?? { how: 'finish', replaces: null, because: LEFT }), leftover: left.id };
}

/** A container's name while it is made, next to the one that it will replace. */
export function nextName(name: string): string {
  return `${name}.next`;
}

/** The name of one that is about to be removed. */
export function oldName(name: string): string {
  return `${name}.old`;
}

/** Ours, and named as one that is about to be removed. */
function replacedOf({ container, server }: DesiredNode, host: ReachedHost): ContainerFacts | undefined {
  return host.docker.containers.find(
    ({ name, labels }) =>
      name === oldName(container.name) &&
      `${labels['omniplace.cluster']}/${labels['omniplace.node']}` === server.identity,
  );
}

function ownChange(node: DesiredNode, host: ReachedHost): ContainerChange | null {
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

/** Why nothing may be done to a node's container; null: something may. */
export function containerObstacle(node: DesiredNode, host: ReachedHost, cluster: string): string | null {
  if (host.docker.state !== 'up')
    return host.docker.state === 'absent' ? 'no docker on the host' : 'docker does not answer';
  const found = containerOf(node, host);
  return found && !isOurs(found, cluster, node.node) ? `container ${found.name} ${ownerOf(found)}` : null;
}

/** Only what carries both labels is ours; a name proves nothing. */
function isOurs(container: ContainerFacts, cluster: string, node: string): boolean {
  return container.labels['omniplace.cluster'] === cluster && container.labels['omniplace.node'] === node;
}

/** `was not made by omniplace`, or `belongs to other/d0` */
export function ownerOf(container: ContainerFacts): string {
  const owner = container.labels['omniplace.cluster'];
  return owner === undefined
    ? 'was not made by omniplace'
    : `belongs to ${owner}/${container.labels['omniplace.node'] ?? '?'}`;
}
