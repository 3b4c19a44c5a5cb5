import type { Artifact } from '../../engines/artifact.ts';
import type { DesiredNode } from '../../engines/desired.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Change, findChanges } from '../../plan/change.ts';
import type { NodeName } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';

/**
 * What was changed on the hosts by hand, by node: a file or a container that is not as the deployment says, though what runs
 * was started from this very deployment. Where the deployment itself changed since, a difference is not drift but work to do.
 */
export function findDrift(clusterView: ClusterView): ReadonlyMap<NodeName, readonly string[]> {
  const { desired, facts, topology } = clusterView;
  const drift = new Map<NodeName, string[]>();
  for (const change of findChanges(desired, facts, topology)) {
    const node = desired.nodes[change.node];
    const host = facts[change.host];
    if (!node || !host?.reachable || host.docker.state !== 'up' || !runsAsDesired(node, host)) continue;
    const found = wordsOf(change);
    if (found.length > 0) drift.set(change.node, [...(drift.get(change.node) ?? []), ...found]);
  }
  return drift;
}

function runsAsDesired(node: DesiredNode, host: ReachedHost): boolean {
  return host.processes.some(
    (process) => process.node === node.server.identity && process.generation === node.server.generation,
  );
}

function wordsOf(change: Change): string[] {
  switch (change.kind) {
    case 'artifact':
      return artifactWords(change.artifact, change.because);
    case 'container':
      return [`its container was changed by hand: ${change.because}`];
    case 'blocked':
      return change.what === 'container' ? [`its container was changed by hand: ${change.because}`] : [];
    default:
      return [];
  }
}

function artifactWords({ bring }: Artifact, because: string): string[] {
  if (bring.kind === 'put')
    return bring.files.map(({ path, found }) => `${path} was ${found === null ? 'removed' : 'changed'} by hand`);
  const what = bring.kind === 'sync' ? `its ${bring.what}` : `what ${bring.by} installed`;
  return [`${what} was changed by hand: ${because}`];
}
