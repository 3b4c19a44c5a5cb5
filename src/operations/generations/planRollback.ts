import type { Deployment } from '../../deployment/deployment.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { planDigest } from '../../plan/makePlan.ts';
import { stopStep } from '../../plan/phases/stopServer.ts';
import { EVERYTHING, limitedNodes, select } from '../../plan/select.ts';
import { splitCommas } from '../../plan/splitCommas.ts';
import type { Plan, Step } from '../../plan/step.ts';
import type { Kept } from '../../state/kept.ts';
import type { Topology } from '../../topology/topology.ts';
import { askHosts } from '../cluster/askHosts.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests, planOf } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import type { Planned, ServeContext } from '../cluster/planned.ts';
import { chooseTarget } from './chooseTarget.ts';
import { findDamage } from './findDamage.ts';
import { type KeptGeneration, keptGeneration, keptRequests, keptView } from './keptView.ts';
import { type HostKept, readKept } from './readKept.ts';

/** What to go back to, and where. */
export interface RollbackWish {
  /** A run's id, or a generation, or the beginning of one; null: what served before what should run now. */
  readonly wanted: string | null;
  /** Hosts, nodes, roles, groups, as `serve --limit` takes them; empty: everything. */
  readonly limit: readonly string[];
}

/** A plan back to a generation that served, or why there is none. */
export type RollbackPlan =
  | { readonly planned: Planned; readonly target: Kept }
  | {
      readonly refused: readonly string[];
      /** Hosts that gave no answer, or not one that can be read: what could be done is not known. */
      readonly unreachable: readonly string[];
    };

/** Plans the way back from what the hosts themselves keep: their files, code and image, nothing of this machine. */
export async function planRollback(
  deployment: Deployment,
  { wanted, limit }: RollbackWish,
  context: ServeContext,
): Promise<RollbackPlan> {
  const { open } = context.pool;
  const asked = hostsOf(topologyOf(deployment), limit);
  if ('problems' in asked) return { refused: asked.problems, unreachable: [] };
  const found = await readKept(open, asked.hosts, deployment, context.signal);
  const silent = found.filter(({ problem }) => problem !== null);
  if (silent.length > 0) {
    const refused = silent.map(({ address, problem }) => `${address}: ${problem}`);
    return { refused, unreachable: silent.map(({ address }) => address) };
  }
  const target = chooseTarget(found, wanted);
  if (typeof target === 'string') return { refused: [target], unreachable: [] };
  const kept = keptGeneration(target.generation, found, deployment);
  const missing = missingOf(target, kept, found, topologyOf(deployment));
  if (kept === null || missing.length > 0) return { refused: missing, unreachable: [] };
  const damaged = await findDamage(open, kept, context.signal);
  if (damaged.length > 0) return { refused: damaged, unreachable: [] };
  return { target, planned: await planBack(deployment, kept, limit, context) };
}

/** Where there is something to do, or why that is not known. */
function hostsOf(
  topology: Topology,
  limit: readonly string[],
): { readonly hosts: readonly string[] } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const nodes = limitedNodes(splitCommas(limit), topology, problems);
  if (problems.length > 0) return { problems };
  const hosts = topology.hosts.filter((host) => host.nodes.some((node) => nodes.has(node)));
  return { hosts: hosts.map(({ address }) => address) };
}

/** Why a generation can't come back as a whole, one sentence per host. */
function missingOf(
  { generation }: Kept,
  kept: KeptGeneration | null,
  found: readonly HostKept[],
  now: Topology,
): readonly string[] {
  const name = `generation ${generation.slice(0, 12)}`;
  if (kept === null) return [`no host has ${name} any more`];
  const { hosts } = kept.record;
  return [
    ...hosts
      .filter((host) => now.hosts.every(({ address }) => address !== host))
      .map((host) => `${host}: it is not in the deployment file any more`),
    ...found
      .filter(({ address, records }) => hosts.includes(address) && !records.has(generation))
      .map(({ address }) => `${address}: it does not keep ${name}`),
  ];
}

async function planBack(
  deployment: Deployment,
  kept: KeptGeneration,
  limit: readonly string[],
  context: ServeContext,
): Promise<Planned> {
  const requests = { ...clusterProbeRequests(deployment, NO_INPUTS), ...keptRequests(kept) };
  const reached = new Set(kept.found.map(({ address }) => address));
  const facts = await askHosts(
    Object.fromEntries(Object.entries(requests).filter(([address]) => reached.has(address))),
    context,
  );
  const clusterView = keptView(kept, facts);
  const made = planOf(clusterView);
  const steps = [...withoutThose(buildClusterView(deployment, NO_INPUTS, facts), clusterView), ...made.steps];
  const whole: Plan = { ...made, generation: kept.generation, steps, digest: planDigest(steps) };
  if (limit.length === 0) return { clusterView, problems: [], whole: true, plan: whole };
  const { topology } = clusterView;
  const nodes = [...limitedNodes(splitCommas(limit), topology, [])];
  const left = nodes.filter((name) => topology.nodes.some((node) => node.name === name && reached.has(node.host)));
  const { plan, problems } = select(whole, { ...EVERYTHING, limit: left }, topology);
  return { clusterView, problems, plan };
}

/** Ends servers that the deployment has now and the kept generation has not. */
function withoutThose({ topology, desired, facts }: ClusterView, then: ClusterView): Step[] {
  return topology.nodes.flatMap(({ name, role }) => {
    const node = desired.nodes[name];
    const host = node && facts[node.host];
    if (!node || then.desired.nodes[name]?.host === node.host || !host?.reachable) return [];
    const runs = host.processes.some((process) => process.node === node.server.identity);
    return runs ? [stopStep(node, role, 'the generation to go back to has no such node')] : [];
  });
}
