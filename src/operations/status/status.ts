import { type UsedDialect, usedDialect } from '../../engines/dialectReader.ts';
import { entrances } from '../../engines/entrances.ts';
import { httpProbes } from '../../engines/readiness.ts';
import type { Entrance } from '../../engines/router.ts';
import { generationOf } from '../../plan/makePlan.ts';
import type { CompletionRequest } from '../../plan/step.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { type RunStatus, runStatus, runWords } from '../cluster/runs.ts';
import { type Advice, adviceOf } from './advice.ts';
import { type HostStatus, hostStatus } from './hostStatus.ts';
import { nodeStatuses } from './node.ts';
import type { Answers, NodeStatus, State, Token } from './types.ts';

export interface ClusterStatus {
  readonly state: State;
  readonly reason: string;
  readonly cluster: string;
  readonly deployment: string;
  /** Of the deployment as it is now. */
  readonly generation: string;
  /** What its code accepts, as read from its image or the synced code; null: that does not change with its version. */
  readonly dialect: UsedDialect | null;
  readonly hosts: readonly HostStatus[];
  readonly nodes: readonly NodeStatus[];
  /** The end-to-end probe: a completion through proxy, prefill and decode, or of a mixed server. */
  readonly token: Token;
  /** Who changes it now, what was left undone, whether its servers are of one generation. */
  readonly runs: RunStatus;
  /** The same in words. */
  readonly notes: readonly string[];
  /** Each problem with the next command for it. */
  readonly next: readonly Advice[];
}

/** What status may ask of hosts beyond the facts; health resolves to null (fine) or to what is wrong. */
export interface StatusProbes {
  readonly health: (host: string, port: number, path: string) => Promise<string | null>;
  readonly completion: (host: string, request: CompletionRequest) => Promise<Token>;
}

/** Asks every server there should be; what to ask is known without facts, so it need not wait for them. */
export async function askServers(clusterView: ClusterView, probes: StatusProbes): Promise<Answers> {
  const { desired, deployment } = clusterView;
  const wanted = Object.values(desired.nodes).flatMap(({ server }) => httpProbes(server.readiness));
  const asked = wanted.map(
    async ({ host, port, path }) => [`${host}:${port}`, await probes.health(host, port, path)] as const,
  );
  const tokens = entrances(clusterView).map(({ host, port, called }) =>
    probes.completion(host, {
      port,
      called,
      model: deployment.servedModelName,
      prompt: 'Alice is ',
      maxTokens: 4,
    }),
  );
  const [health, said] = await Promise.all([Promise.all(asked), Promise.all(tokens)]);
  return { health: new Map(health), tokens: said };
}

/** What really runs, from live facts and live answers; a log's wording decides nothing. Pure. */
export function clusterStatus(clusterView: ClusterView, answers: Answers): ClusterStatus {
  const { topology, deployment, desired, engine, inputs, facts } = clusterView;
  const reader = engine.dialect?.(deployment) ?? null;
  const nodes = nodeStatuses(clusterView, answers);
  const token = tokenOf(clusterView, answers);
  const hosts = topology.hosts.map((host) => hostStatus(host, clusterView));
  const runs = runStatus(clusterView);
  return {
    ...judgeCluster(nodes, token),
    cluster: topology.cluster,
    deployment: deployment.file,
    generation: generationOf(desired),
    dialect: reader === null ? null : usedDialect(reader, inputs, facts),
    hosts,
    nodes,
    token,
    runs,
    notes: runWords(runs, deployment.file),
    next: adviceOf(clusterView, hosts, nodes),
  };
}

/** The state of the whole from those of its parts and the one proof that counts. */
export function judgeCluster(nodes: readonly NodeStatus[], token: Token): { state: State; reason: string } {
  const notServing = nodes.filter((node) => node.state !== 'serving');
  const states = [...new Set(notServing.map((node) => node.state))];
  const namesIn = (state: State) => notServing.filter((node) => node.state === state).map((node) => node.node);
  const list = states.map((state) => `${namesIn(state).join(', ')} ${state}`).join('; ');
  if (nodes.every((node) => node.state === 'unreachable'))
    return { state: 'unreachable', reason: 'no host can be reached' };
  if ('text' in token)
    return notServing.length === 0
      ? { state: 'serving', reason: `a token came through in ${token.tookMs} ms` }
      : { state: 'degraded', reason: list };
  // of what can't be reached nobody knows: it makes no cluster dead
  if (nodes.every((node) => node.state === 'stopped' || node.state === 'unreachable')) {
    const unreachable = namesIn('unreachable');
    const reason = unreachable.length === 0 ? 'nothing runs' : 'nothing runs on the hosts that answer';
    return { state: 'stopped', reason: [reason, ...(unreachable.length === 0 ? [] : [list])].join('; ') };
  }
  const starting = nodes.some((node) => node.state === 'starting') && !nodes.some((node) => node.state === 'dead');
  return {
    state: starting ? 'starting' : 'dead',
    reason: [`no token: ${token.problem}`, list].filter((part) => part !== '').join('; '),
  };
}

/** Of several mixed servers all are asked, and the first problem counts. */
function tokenOf(clusterView: ClusterView, { tokens }: Answers): Token {
  const judged = entrances(clusterView).map((entrance, at) => atEntrance(entrance, clusterView, tokens[at]));
  return judged.find((token) => 'problem' in token) ?? judged[0] ?? { problem: 'the deployment has no proxy' };
}

function atEntrance(
  { host: address, port, called }: Entrance,
  { facts }: ClusterView,
  token: Token | undefined,
): Token {
  const host = facts[address];
  if (token !== undefined && 'text' in token) return token;
  if (!host?.reachable) return { problem: `the host of ${called}, ${address}, can't be reached` };
  if (!host.listening.some((listening) => listening.port === port))
    return { problem: `${called} does not listen on port ${port}` };
  return token ?? { problem: `${called} was not asked` };
}
