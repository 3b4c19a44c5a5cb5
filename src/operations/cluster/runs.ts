import { holderText } from '../../state/holderText.ts';
import { type Kept, parseKept } from '../../state/kept.ts';
import { type Lease, parseLease } from '../../state/leaseFile.ts';
import { parseRunFact, type RunFact } from '../../state/runFact.ts';
import { isProvablyDead } from '../../state/thisProcess.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { NodeName } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';

/** What the hosts tell of runs: who changes them now, what was left undone, and whether all servers are of one generation. */
export interface RunStatus {
  /** Who may change the cluster now; null: nobody does. */
  readonly lease: Lease | null;
  /** The owner was a process of this machine and is no more. */
  readonly isOwnerDead: boolean;
  /** The owner has not renewed its lease for long, by the clocks of the hosts: a hint, not a proof. */
  readonly isOwnerSilent: boolean;
  /** A run that ended without saying how; null: none did. */
  readonly interrupted: RunFact | null;
  /** Why the servers are of more than one generation; null: they are of one. */
  readonly mixed: string | null;
}

export function runStatus(clusterView: ClusterView): RunStatus {
  const { deployment, facts } = clusterView;
  const paths = clusterPaths(deployment.statePath, deployment.name);
  const texts = Object.values(facts).flatMap((host) => (host.reachable ? [host.texts] : []));
  const lease = texts.map((text) => parseLease(text[paths.lease])).find((found) => found !== null) ?? null;
  const runs = texts.flatMap((text) => parseRunFact(text[paths.run]) ?? []);
  const isOwnerDead = lease !== null && isProvablyDead(lease);
  const unended = runs.find(({ state }) => state === 'interrupted' || state === 'running') ?? null;
  const known: Pick<Kept, 'run' | 'nodes'>[] = [...runs, ...texts.flatMap((text) => parseKept(text[paths.kept]))];
  return {
    lease,
    isOwnerDead,
    isOwnerSilent: lease !== null && isSilent(lease, paths.lease, clusterView),
    // while its owner may live, it is at work
    interrupted: lease === null || isOwnerDead ? unended : null,
    mixed: mixedGenerations(clusterView, known),
  };
}

/** An owner renews its lease several times in each TTL: one that has not done so on any host for twice the time is gone. */
function isSilent({ id, ttl }: Lease, path: string, { facts }: ClusterView): boolean {
  const agesS = Object.values(facts).flatMap((host) => {
    if (!host.reachable || parseLease(host.texts[path])?.id !== id) return [];
    const writtenS = host.writtenS?.[path];
    return [writtenS === undefined ? 0 : host.clock.epochS - writtenS];
  });
  return agesS.every((ageS) => ageS > 2 * ttl);
}

/** One sentence for each that a person should know. */
export function runWords(
  { lease, isOwnerDead, isOwnerSilent, interrupted, mixed }: RunStatus,
  file: string,
): readonly string[] {
  return [
    ...(lease === null || isOwnerDead
      ? []
      : [`locked by ${holderText(lease)}${isOwnerSilent ? ', which has not renewed the lock for long' : ''}`]),
    ...(interrupted === null ? [] : [`run ${interrupted.run} was interrupted: ${wayOn(interrupted, file)}`]),
    ...(mixed === null ? [] : [`mixed generations: ${mixed}`]),
  ];
}

function wayOn({ command }: RunFact, file: string): string {
  return command === 'serve' ? `omniplace serve --resume ${file}` : `omniplace ${command} again`;
}

/**
 * All servers that run are of one generation when there is one that has them all: the deployment's, a kept one, or that of the
 * last run. A server's own generation may be the same in several of the cluster's.
 */
function mixedGenerations(
  { desired, facts }: ClusterView,
  known: readonly Pick<Kept, 'run' | 'nodes'>[],
): string | null {
  const nodes = Object.values(desired.nodes);
  const running = nodes.flatMap(({ node, host, server }): [NodeName, string][] => {
    const found = facts[host];
    const process = found?.reachable
      ? found.processes.find((each) => each.leader && each.node === server.identity)
      : undefined;
    return process === undefined ? [] : [[node, process.generation]];
  });
  const wanted = Object.fromEntries(nodes.map(({ node, server }) => [node, server.generation]));
  const all = [
    { name: 'the deployment as it is', nodes: wanted },
    ...known.map(({ run, nodes }) => ({ name: `run ${run}`, nodes })),
  ];
  if (running.length < 2 || all.some((each) => running.every(([node, generation]) => each.nodes[node] === generation)))
    return null;
  const groups = new Map<string, NodeName[]>();
  for (const [node, generation] of running) {
    const name = all.find((each) => each.nodes[node] === generation)?.name ?? 'one that is not known here';
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  // several that nobody knows may still be one
  if (groups.size < 2) return null;
  return [...groups].map(([name, of]) => `${of.join(', ')} of ${name}`).join('; ');
}
