import type { Deployment } from '../../deployment/deployment.ts';
import { filesOf } from '../../engines/artifact.ts';
import { boundPorts } from '../../engines/boundPorts.ts';
import type { Desired } from '../../engines/desired.ts';
import { desiredOf } from '../../engines/desiredOf.ts';
import type { Engine } from '../../engines/engine.ts';
import { engineOf } from '../../engines/index.ts';
import type { LocalInputs } from '../../engines/inputs.ts';
import { probeRequests } from '../../engines/probeRequest.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import type { Facts, ProbeRequest } from '../../facts/facts.ts';
import type { Change } from '../../plan/change.ts';
import type { Examined } from '../../plan/findings/finding.ts';
import { makePlan } from '../../plan/makePlan.ts';
import type { Plan } from '../../plan/step.ts';
import type { Tag } from '../../plan/tags.ts';
import type { Topology } from '../../topology/topology.ts';

/** Everything known of a cluster: what should be and, once facts are in, what is. */
export interface ClusterView {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly engine: Engine;
  readonly inputs: LocalInputs;
  readonly facts: Facts;
  readonly desired: Desired;
  /** What should be is a generation that the hosts keep, whatever the deployment file contains; absent: it is the file's. */
  readonly kept?: {
    readonly generation: string;
    /** The run in which it served first. */
    readonly run: string;
    /** sha256 of the local files that it was made of. */
    readonly inputs: Readonly<Record<string, string>>;
    /** Why it is what should be, and how the deployment file differs from it; empty while it is only planned. */
    readonly because: string;
  };
}

/** Pure: the same deployment, inputs and facts give the same cluster view. */
export function buildClusterView(deployment: Deployment, inputs: LocalInputs, facts: Facts): ClusterView {
  const engine = engineOf(deployment.engine);
  const topology = topologyOf(deployment);
  const desired = asStarted(desiredOf(engine, deployment, topology, facts, inputs), facts);
  return { deployment, topology, engine, inputs, facts, desired };
}

/**
 * Where a fact is missing, or there was no time to read what an image accepts, what a server should be made of is not known: one that runs is taken to be what it was started
 * as, so that a host that is down makes no other host's servers look old.
 */
function asStarted(desired: Desired, facts: Facts): Desired {
  const incomplete = new Set<string>(desired.unknown.map(({ node }) => node));
  const nodes = Object.entries(desired.nodes).map(([name, node]) => {
    const host = facts[node.host];
    if (!host?.reachable) return [name, node] as const;
    if (!incomplete.has(name) && host.dialect?.state !== 'unasked') return [name, node] as const;
    const leader = host.processes.find((process) => process.node === node.server.identity && process.leader);
    if (leader === undefined) return [name, node] as const;
    return [name, { ...node, server: { ...node.server, generation: leader.generation } }] as const;
  });
  return { ...desired, nodes: Object.fromEntries(nodes) };
}

/** What to ask each host, so that one answer is enough to compare it with what should be. */
export function clusterProbeRequests(
  deployment: Deployment,
  inputs: LocalInputs,
): Readonly<Record<string, ProbeRequest>> {
  const { topology, engine, desired } = buildClusterView(deployment, inputs, {});
  return probeRequests(deployment, topology, engine, inputs, desired);
}

export function planOf(
  clusterView: ClusterView,
  askedFor: readonly Tag[] = [],
  takeOver: readonly string[] = [],
  restarts: readonly Change[] = [],
): Plan {
  return makePlan(planInput(clusterView), askedFor, takeOver, restarts);
}

export function planInput(clusterView: ClusterView): Examined {
  const { deployment, topology, engine, desired, facts, inputs } = clusterView;
  const { archiveBytes = 0 } = inputs;
  return {
    deployment,
    topology,
    desired,
    facts,
    engine,
    portsOf: boundPorts(engine, deployment, topology),
    pushBytes: (host) =>
      Object.values(desired.nodes)
        .filter((node) => node.host === host)
        .flatMap(filesOf)
        .reduce((sum, file) => sum + file.sizeBytes, 0),
    imageBytes: (host) => {
      const found = facts[host];
      const absent = found?.reachable === true && found.docker.images[deployment.image] == null;
      return absent ? archiveBytes : 0;
    },
  };
}
