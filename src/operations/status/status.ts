import { type UsedDialect, usedDialect } from '../../engines/dialectReader.ts';
import { entrances } from '../../engines/entrances.ts';
import type { Entrance } from '../../engines/router.ts';
import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import { generationOf } from '../../plan/makePlan.ts';
import { parseRunFact } from '../../state/runFact.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { type RunStatus, runStatus } from '../cluster/runs.ts';
import { type Advice, adviceOf } from './advice.ts';
import { clusterState } from './clusterState.ts';
import { type HostStatus, hostStatus } from './hostStatus.ts';
import type { Loads } from './instanceLoads.ts';
import { nodeStatuses } from './node.ts';
import { settledTransfers } from './settledTransfers.ts';
import { transferAdvice } from './transferAdvice.ts';
import type { Answers, ClusterState, NodeStatus, PairStatus, Token } from './types.ts';
import { type Warning, type Watched, warningsOf } from './warnings.ts';

/** What a status follows from besides facts and answers. */
export interface StatusContext extends Pick<Watched, 'dies' | 'watcher'> {
  /** A first token that takes longer is slow. */
  readonly slowMs: number;
  /** Absent: nothing is known of it. */
  readonly loads?: Loads;
}

export interface ClusterStatus {
  readonly state: ClusterState;
  readonly reason: string;
  readonly cluster: string;
  readonly deployment: string;
  /** Of the deployment as it is now. */
  readonly generation: string;
  /** What its code accepts, as read from its image or the synced code; null: that does not change with its version. */
  readonly dialect: UsedDialect | null;
  readonly hosts: readonly HostStatus[];
  readonly nodes: readonly NodeStatus[];
  /** By instance, from the metrics of its servers. */
  readonly loads: Loads;
  /** The end-to-end probe: a completion through proxy, prefill and decode, or of a mixed server. */
  readonly token: Token;
  /** Each pair behind the proxy, where no token came through it. */
  readonly pairs: readonly PairStatus[];
  /** Whether KV caches go from prefill to decode; null: there is nothing to transfer. */
  readonly kvTransfer: TransferFindings | null;
  /** Who changes it now, what was left undone, whether its servers are of one generation. */
  readonly runs: RunStatus;
  /** What to know besides, whatever the state is. */
  readonly warnings: readonly Warning[];
  /** Each problem with the next command for it. */
  readonly next: readonly Advice[];
}

/** What really runs, from live facts and live answers; a log's wording decides nothing. Pure. */
export function clusterStatus(clusterView: ClusterView, answers: Answers, context: StatusContext): ClusterStatus {
  const { slowMs, dies, watcher, loads = { overS: null, instances: [] } } = context;
  const { topology, deployment, desired, engine, inputs, facts } = clusterView;
  const reader = engine.dialect?.(deployment) ?? null;
  const nodes = nodeStatuses(clusterView, answers);
  const tokens = tokensOf(clusterView, answers);
  const hosts = topology.hosts.map((host) => hostStatus(host, clusterView));
  const runs = runStatus(clusterView);
  const work = workOn(nodes, runs, clusterView);
  const transfers = settledTransfers(answers.transfers ?? null, nodes, work);
  return {
    ...clusterState({ nodes, tokens, pairs: answers.pairs, transfers, slowMs, work }),
    cluster: topology.cluster,
    deployment: deployment.file,
    generation: generationOf(desired),
    dialect: reader === null ? null : usedDialect(reader, inputs, facts),
    hosts,
    nodes,
    loads,
    token: shownToken(tokens),
    pairs: answers.pairs,
    kvTransfer: transfers,
    runs,
    warnings: warningsOf(clusterView, { nodes, runs, dies, watcher }),
    next: [...adviceOf(clusterView, hosts, nodes), ...transferAdvice(transfers, deployment.file)],
  };
}

/** Who works on what does not serve, in words that follow its name; null: that explains no missing node. */
function workOn(
  nodes: readonly NodeStatus[],
  { lease, isOwnerDead, isOwnerSilent }: RunStatus,
  clusterView: ClusterView,
): string | null {
  if (lease !== null && !isOwnerDead && !isOwnerSilent)
    return `while ${lease.owner} works on it (${lease.command}, run ${lease.run})`;
  const missing = nodes.filter(({ state }) => state !== 'serving');
  return missing.length > 0 && missing.every((node) => wasStopped(node, clusterView)) ? 'by `omniplace stop`' : null;
}

function wasStopped({ state, host }: NodeStatus, { deployment, facts }: ClusterView): boolean {
  const found = facts[host];
  const { run } = clusterPaths(deployment.statePath, deployment.name);
  const last = found?.reachable ? parseRunFact(found.texts[run]) : null;
  return state === 'stopped' && last?.command === 'stop' && last.state === 'done';
}

/** What each entrance answered, or why it can't: facts explain more than a refused connection. */
function tokensOf(clusterView: ClusterView, { tokens }: Answers): readonly Token[] {
  return entrances(clusterView).map((entrance, at) => atEntrance(entrance, clusterView, tokens[at]));
}

/** Of several entrances the slowest token, else the first problem. */
function shownToken(tokens: readonly Token[]): Token {
  const came = tokens.flatMap((token) => ('problem' in token ? [] : [token])).sort((a, b) => b.tookMs - a.tookMs);
  return came[0] ?? tokens[0] ?? { problem: 'the deployment has no proxy' };
}

function atEntrance(
  { host: address, port, called }: Entrance,
  { facts }: ClusterView,
  token: Token | undefined,
): Token {
  const host = facts[address];
  if (token !== undefined && !('problem' in token)) return token;
  if (!host?.reachable) return { problem: `the host of ${called}, ${address}, can't be reached` };
  if (!host.listening.some((listening) => listening.port === port))
    return { problem: `${called} does not listen on port ${port}` };
  return token ?? { problem: `${called} was not asked` };
}
