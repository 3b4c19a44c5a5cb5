import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailureLimit } from '../../../runner/context.ts';
import { touchesHosts } from '../../../runner/touches.ts';
import { HeldLease } from '../../../state/heldLease.ts';
import { holderText } from '../../../state/holderText.ts';
import { LeaseHeld, LeaseProblem } from '../../../state/leaseErrors.ts';
import { type RunFact, runFactText } from '../../../state/runFact.ts';
import { type LeaseClock, type LeaseRequest, takeLease } from '../../../state/takeLease.ts';
import { thisProcess } from '../../../state/thisProcess.ts';
import { clusterPaths } from '../../../topology/paths.ts';
import { lastRun, newestOf, rememberedBy } from '../../generations/desiredOnHosts.ts';
import { isKept } from '../../generations/keep.ts';
import type { ClusterView } from '../clusterView.ts';
import type { Planned, ServeContext } from '../planned.ts';
import { runStatus } from '../runs.ts';

/** Seconds without a sign of its owner after which a lease is anybody's. */
const TTL_S = 30;

/** A run that holds the cluster's lease, and what its hosts remember of it. */
export interface LeasedRun {
  readonly lease: HeldLease;
  readonly fact: RunFact;
}

/**
 * Takes the lease on every host that was reached, when the plan changes anything; null: it does not.
 * @throws LeaseProblem
 */
export async function leaseFor(
  planned: Planned,
  run: string,
  { command, policy }: { readonly command: string; readonly policy: FailureLimit },
  context: ServeContext,
): Promise<LeasedRun | null> {
  const { clusterView, plan } = planned;
  const keepsOnly = !touchesHosts(plan, policy);
  if (keepsOnly) refuseAmidst(planned);
  if (keepsOnly && !couldKeep(planned)) return null;
  const { deployment, topology, facts } = clusterView;
  const paths = clusterPaths(deployment.statePath, deployment.name);
  const me = thisProcess();
  const fact = factOf(clusterView, run, command, plan.generation, me.owner);
  const request: LeaseRequest = {
    wish: { ...me, id: randomBytes(8).toString('hex'), run, command, since: context.now().toISOString(), ttl: ttlS() },
    cluster: topology.cluster,
    file: deployment.file,
    folder: paths.folder,
    hosts: Object.values(facts).flatMap((found) =>
      found.reachable ? [{ address: found.address, plannedRun: found.texts[paths.run]?.trim() ?? '' }] : [],
    ),
    run: runFactText(fact),
    onWatch: (lease, host) =>
      context.emit({
        kind: 'notice',
        atMs: context.nowMs(),
        level: 'info',
        text: `locked by ${holderText(lease)}, as ${host} says: watching for up to ${lease.ttl} s whether it lives`,
      }),
  };
  const withoutLease = (host: string, reason: string) => {
    const text = `${host} can't hold the cluster's lock (${reason}): what runs there is stopped without it`;
    context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'warning', text });
  };
  const asked: LeaseRequest = command === 'stop' ? { ...request, onWithout: withoutLease } : request;
  try {
    const tokens = await takeLease(context.pool.open, asked, CLOCK, context.signal);
    return { lease: new HeldLease(context.pool.open, request, tokens), fact };
  } catch (error) {
    // who only wants to keep what serves need not stand in another's way
    if (keepsOnly && error instanceof LeaseProblem) return null;
    throw error;
  }
}

/**
 * Where another run is at work, what does not fit, or does not answer, may be of the midst of it: a server that it has ended
 * between two of our questions looks like a stranger on its port, one that it has started is not ready yet.
 * @throws LeaseHeld
 */
function refuseAmidst({ clusterView, plan }: Planned): void {
  const { lease, isOwnerDead } = runStatus(clusterView);
  if (lease === null || isOwnerDead) return;
  const { facts, desired, topology, deployment } = clusterView;
  const unfit = plan.steps.flatMap(({ host, action }) =>
    action.kind === 'check' && action.verdict === 'failed'
      ? [{ host, what: `what was found may be of the midst of its work (${action.reason.split('\n', 1)[0]})` }]
      : [],
  );
  const starting = Object.values(desired.nodes).flatMap(({ node, host, paths, server }) => {
    const found = facts[host];
    const isReady = !found?.reachable || found.texts[paths.ready]?.trim() === server.generation;
    return isReady ? [] : [{ host, what: `${node} is not ready yet` }];
  });
  const [first] = [...unfit, ...starting];
  if (first !== undefined) throw new LeaseHeld(lease, first.host, first.what, topology.cluster, deployment.file);
}

/** Nothing is to be done, but what serves is not kept yet, or a run that was killed left its traces. */
function couldKeep({ clusterView, plan, whole }: Planned): boolean {
  const verifies = plan.steps.some((step) => step.tag === 'verify');
  const allFit = plan.steps.every(({ action }) => action.kind !== 'check' || action.verdict === 'ok');
  return whole === true && verifies && allFit && (!isKept(clusterView, plan.generation) || isLeftOpen(clusterView));
}

/** A run ended without a word; where its owner may live, it has not ended. */
function isLeftOpen(clusterView: ClusterView): boolean {
  const { lease, isOwnerDead, interrupted } = runStatus(clusterView);
  return lease === null ? interrupted !== null : isOwnerDead;
}

/** What runs is what was served: a stop or restart changes no generation. */
function factOf(
  { deployment, desired, facts }: ClusterView,
  run: string,
  command: string,
  generation: string,
  owner: string,
): RunFact {
  const hosts = rememberedBy(deployment, facts);
  const newest = newestOf(hosts.flatMap(({ desired: record }) => record ?? []))?.seq;
  // a host that was away for a while remembers an older run
  const upToDate = hosts.filter(({ desired: record }) => newest === undefined || record?.seq === newest);
  const served = command === 'stop' || command === 'restart' ? lastRun(upToDate) : null;
  const nodes = Object.fromEntries(Object.values(desired.nodes).map(({ node, server }) => [node, server.generation]));
  return {
    run,
    command,
    state: 'running',
    owner,
    generation,
    nodes,
    ...(served && { generation: served.generation, nodes: served.nodes }),
  };
}

/** OMNIPLACE_LEASE_TTL: for hosts that are far away, or tests that can't wait. */
function ttlS(): number {
  const wanted = Number(process.env.OMNIPLACE_LEASE_TTL);
  return wanted >= 1 && wanted <= 600 ? wanted : TTL_S;
}

const CLOCK: LeaseClock = {
  nowMs: () => performance.now(),
  pause: (ms, signal) => pause(ms, undefined, { signal }),
  random: Math.random,
};
