import type { Artifact } from '../../engines/artifact.ts';
import type { DesiredNode } from '../../engines/desired.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Change, findChanges } from '../../plan/change.ts';
import { parseRunFact } from '../../state/runFact.ts';
import { isWritten } from '../../state/wrote.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { NodeName } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';

/**
 * What is not as it was served, by node: a file or a container that differs from the deployment, though what runs was started
 * from this very deployment. What omniplace wrote itself is named as such; anything else was changed by hand. Where the
 * deployment itself changed since, a difference is not drift but work to do.
 */
export function findDrift(clusterView: ClusterView): ReadonlyMap<NodeName, readonly string[]> {
  const { desired, facts, topology } = clusterView;
  const drift = new Map<NodeName, string[]>();
  for (const change of findChanges(desired, facts, topology)) {
    const node = desired.nodes[change.node];
    const host = facts[change.host];
    if (!node || !host?.reachable || host.docker.state !== 'up' || !runsAsDesired(node, host)) continue;
    const found = wordsOf(change, host, clusterView);
    if (found.length > 0) drift.set(change.node, [...(drift.get(change.node) ?? []), ...found]);
  }
  return drift;
}

function runsAsDesired(node: DesiredNode, host: ReachedHost): boolean {
  return host.processes.some(
    (process) => process.node === node.server.identity && process.generation === node.server.generation,
  );
}

function wordsOf(change: Change, host: ReachedHost, clusterView: ClusterView): string[] {
  switch (change.kind) {
    case 'artifact':
      return artifactWords(change.artifact, change.because, host, clusterView);
    case 'container':
      return [`its container was changed by hand: ${change.because}`];
    case 'blocked':
      return change.what === 'container' ? [`its container was changed by hand: ${change.because}`] : [];
    default:
      return [];
  }
}

function artifactWords({ bring }: Artifact, because: string, host: ReachedHost, { deployment }: ClusterView): string[] {
  const { folder, run: runPath, wrote } = clusterPaths(deployment.statePath, deployment.name);
  const run = parseRunFact(host.texts[runPath]);
  // such a run has not listed its files on the host
  const isOpen = run?.state === 'running' || run?.state === 'interrupted';
  if (bring.kind === 'put')
    return bring.files.map(({ path, found }) => {
      if (found == null) return `${path} was removed by hand`;
      const isOurs = isOpen || isWritten(host.texts[wrote], path, found, folder);
      return isOurs
        ? `${path} was written by omniplace, and no server was started from it`
        : `${path} was changed by hand`;
    });
  if (bring.kind === 'install') return [`what ${bring.by} installed is not what was served: ${because}`];
  const digest = host.texts[bring.marker]?.trim();
  return digest !== undefined && digest !== bring.digest
    ? [`its ${bring.what} was written by omniplace, and no server was started from it`]
    : [`its ${bring.what} was changed by hand: ${because}`];
}
