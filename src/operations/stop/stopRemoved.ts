import type { Facts, ProbeRequest } from '../../facts/facts.ts';
import { generationOf, planDigest } from '../../plan/makePlan.ts';
import { removeOurs } from '../../plan/phases/containerScripts.ts';
import { execOf, type Step, stepOf } from '../../plan/step.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { NodeName } from '../../topology/topology.ts';
import { type ClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import type { Planned } from '../cluster/planned.ts';

const DEADLINE_MS = 2 * 60_000;

/** What to ask hosts that the deployment no longer has: what is there of the cluster, and who works on it. */
export function removedRequests(
  clusterView: ClusterView,
  addresses: readonly string[],
): Readonly<Record<string, ProbeRequest>> {
  const { deployment, inputs } = clusterView;
  const [own] = Object.values(clusterProbeRequests(deployment, inputs));
  if (own === undefined) return {};
  const { dialect: _, ...asked } = own;
  const { lease, run, kept, desired } = clusterPaths(deployment.statePath, deployment.name);
  const nothing = { paths: [], digests: [], disks: [], dumps: null, code: null, dies: [], ports: [] };
  return Object.fromEntries(
    addresses.map((address) => [address, { ...asked, ...nothing, address, texts: [lease, run, kept, desired] }]),
  );
}

/**
 * The plan that removes the cluster's containers and its folder from hosts that the deployment no longer has; nothing of anybody
 * else's. @param found what these hosts answered
 */
export function planStopRemoved(clusterView: ClusterView, found: Facts): Planned {
  const { deployment, topology, desired, facts } = clusterView;
  const { folder } = clusterPaths(deployment.statePath, deployment.name);
  const steps = Object.values(found).flatMap((host): Step[] => {
    const { address } = host;
    const because = 'the deployment file does not have this host any more';
    const first = topology.nodes[0]!.name;
    if (!host.reachable) {
      const action = { kind: 'check', verdict: 'unreachable', reason: host.reason } as const;
      const at = { node: first, host: address, because };
      return [stepOf('preflight', address, at, { title: `check host ${address}`, action, deadlineMs: 1_000 })];
    }
    const ours = host.docker.containers.filter(({ labels }) => labels['omniplace.cluster'] === topology.cluster);
    const nodeOf = (labels: Readonly<Record<string, string>>) => (labels['omniplace.node'] ?? first) as NodeName;
    const removals = ours.map(({ id, name, labels }) =>
      stepOf(
        'clean_up',
        `${address}-remove-${name}`,
        { node: nodeOf(labels), host: address, because },
        {
          title: `remove container ${name}`,
          action: execOf(removeOurs(id, topology.cluster)),
          deadlineMs: DEADLINE_MS,
          disruptive: true,
        },
      ),
    );
    const remove = stepOf(
      'clean_up',
      `${address}-folder`,
      { node: nodeOf(ours[0]?.labels ?? {}), host: address, because },
      {
        title: `remove ${folder}`,
        needs: removals.map(({ id }) => id),
        action: execOf(['sh', '-c', EMPTY, 'sh', folder]),
        deadlineMs: DEADLINE_MS,
        disruptive: true,
      },
    );
    return [...removals, remove];
  });
  return {
    clusterView: { ...clusterView, facts: { ...facts, ...found } },
    problems: [],
    plan: { cluster: topology.cluster, generation: generationOf(desired), digest: planDigest(steps), steps },
  };
}

// the lease is ours until the run ends, and takes the folder with it when it goes
const EMPTY = `[ ! -d "$1" ] || find "$1" -mindepth 1 -maxdepth 1 ! -name lease ! -name .lease ! -name run -exec rm -rf -- {} +`;
