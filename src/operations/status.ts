import type { DesiredNode } from '../engines/engine.ts';
import type { HostFacts, ReachedHost } from '../facts/facts.ts';
import { containerOf, findChanges } from '../plan/change.ts';
import type { CompletionRequest } from '../plan/step.ts';
import { type Entrance, entrances } from '../topology/entrances.ts';
import type { Node, NodeName } from '../topology/topology.ts';
import type { Picture } from './picture.ts';

export type State = 'serving' | 'degraded' | 'starting' | 'dead' | 'stopped' | 'unreachable';

export interface ServerStatus {
  /** `rank 3` */
  readonly of: string;
  readonly port: number;
  /** Null: it answered 200. */
  readonly problem: string | null;
}

export interface NodeStatus {
  readonly node: NodeName;
  readonly role: Node['role'];
  readonly host: string;
  readonly state: State;
  readonly reason: string;
  readonly servers: readonly ServerStatus[];
  /** Of what runs; null: nothing does. */
  readonly generation: string | null;
  /** Why `serve` would start it anew although it runs; null: it runs what the deployment says. */
  readonly restartPending: string | null;
}

export interface ClusterStatus {
  readonly state: State;
  readonly reason: string;
  readonly cluster: string;
  readonly deployment: string;
  readonly nodes: readonly NodeStatus[];
  /** The end-to-end probe: a completion through proxy, prefill and decode, or of a mixed server. */
  readonly token: { readonly text: string; readonly tookMs: number } | { readonly problem: string };
}

/** What status may ask of hosts beyond the facts; each resolves to null (fine) or to what is wrong. */
export interface StatusProbes {
  readonly health: (host: string, port: number, path: string) => Promise<string | null>;
  readonly completion: (host: string, request: CompletionRequest) => Promise<ClusterStatus['token']>;
}

/** What really runs, from live facts and live answers; a log's wording decides nothing. */
export async function clusterStatus(picture: Picture, probes: StatusProbes): Promise<ClusterStatus> {
  const { topology, deployment } = picture;
  const pending = pendingRestarts(picture);
  const [nodes, token] = await Promise.all([
    Promise.all(topology.nodes.map((node) => nodeStatus(node, picture, pending, probes))),
    askForToken(picture, probes),
  ]);
  return { ...judgeCluster(nodes, token), cluster: topology.cluster, deployment: deployment.file, nodes, token };
}

/** The state of the whole from those of its parts and the one proof that counts. */
export function judgeCluster(
  nodes: readonly NodeStatus[],
  token: ClusterStatus['token'],
): { state: State; reason: string } {
  const notServing = nodes.filter((node) => node.state !== 'serving');
  const list = notServing.map((node) => `${node.node} ${node.state}: ${node.reason}`).join('; ');
  if (nodes.every((node) => node.state === 'unreachable'))
    return { state: 'unreachable', reason: 'no host can be reached' };
  if ('text' in token)
    return notServing.length === 0
      ? { state: 'serving', reason: `a token came through in ${token.tookMs} ms` }
      : { state: 'degraded', reason: list };
  if (nodes.every((node) => node.state === 'stopped')) return { state: 'stopped', reason: 'nothing runs' };
  const starting = nodes.some((node) => node.state === 'starting') && !nodes.some((node) => node.state === 'dead');
  return {
    state: starting ? 'starting' : 'dead',
    reason: [`no token: ${token.problem}`, list].filter((part) => part !== '').join('; '),
  };
}

async function nodeStatus(
  node: Node,
  picture: Picture,
  pending: ReadonlyMap<string, string>,
  probes: StatusProbes,
): Promise<NodeStatus> {
  const desired = picture.desired.nodes[node.name];
  const facts = picture.facts[node.host];
  const base = {
    node: node.name,
    role: node.role,
    host: node.host,
    servers: [],
    generation: null,
    restartPending: null,
  };
  const out = outOfService(desired, facts);
  if (out) return { ...base, ...out };
  if (!desired || !facts?.reachable) throw new Error(`no desired state of ${node.name}`);

  const generation = facts.processes.find((process) => process.node === desired.server.identity)?.generation ?? null;
  const listening = new Set(facts.listening.map(({ port }) => port));
  const servers = await Promise.all(
    desired.server.readiness.map(async ({ of, port, path }) => ({
      of,
      port,
      problem: listening.has(port) ? await probes.health(node.host, port, path) : 'does not listen',
    })),
  );
  const wasReady = generation !== null && facts.texts[desired.paths.ready]?.trim() === generation;
  return {
    ...base,
    servers,
    generation,
    restartPending: pending.get(node.name) ?? null,
    ...judgeServers(servers, wasReady),
  };
}

/** A node of which nothing can answer, and why; null when its processes run. */
function outOfService(
  desired: DesiredNode | undefined,
  facts: HostFacts | undefined,
): { state: State; reason: string } | null {
  if (!facts) return { state: 'unreachable', reason: 'no facts of its host' };
  if (!facts.reachable) return { state: 'unreachable', reason: facts.reason };
  if (!desired) return { state: 'stopped', reason: 'its desired state is not known: a fact is missing' };
  if (facts.processes.some((process) => process.node === desired.server.identity)) return null;
  if (facts.docker.state !== 'up')
    return {
      state: 'dead',
      reason: `docker is ${facts.docker.state}${facts.docker.reason === null ? '' : `: ${facts.docker.reason}`}`,
    };
  return withoutProcesses(desired, facts);
}

function withoutProcesses(desired: DesiredNode, facts: ReachedHost): { state: State; reason: string } {
  const container = containerOf(desired, facts);
  if (!container) return { state: 'stopped', reason: `no container ${desired.container.name}` };
  const started = facts.texts[desired.paths.started]?.trim() ?? '';
  if (started === '')
    return {
      state: 'stopped',
      reason: container.running ? 'container is up, no server was started' : `container is ${container.status}`,
    };
  const exitCode = facts.texts[desired.paths.exit]?.trim() ?? '';
  if (!container.running) return { state: 'dead', reason: `container is ${container.status}` };
  return {
    state: 'dead',
    reason:
      exitCode === ''
        ? 'its server is gone without an exit code (killed, or its container restarted)'
        : `its server ended with exit code ${exitCode}`,
  };
}

function judgeServers(servers: readonly ServerStatus[], wasReady: boolean): { state: State; reason: string } {
  const bad = servers.filter((server) => server.problem !== null);
  const [first] = bad;
  if (!first)
    return { state: 'serving', reason: servers.length === 1 ? 'answers' : `${servers.length} servers answer` };
  const more = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
  const words = `${first.of} (port ${first.port}) ${first.problem}${more}`;
  if (!wasReady) return { state: 'starting', reason: words };
  return bad.length === servers.length ? { state: 'dead', reason: words } : { state: 'degraded', reason: words };
}

function pendingRestarts({ desired, facts, topology }: Picture): ReadonlyMap<string, string> {
  const changes = findChanges(desired, facts, topology);
  return new Map(
    changes.flatMap((change) =>
      change.kind === 'server' && change.how === 'restart' ? [[change.node, change.because] as const] : [],
    ),
  );
}

/** Of several mixed servers all are asked, and the first problem counts. */
async function askForToken(picture: Picture, probes: StatusProbes): Promise<ClusterStatus['token']> {
  const answers = await Promise.all(
    entrances(picture.topology).map((entrance) => askEntrance(entrance, picture, probes)),
  );
  return answers.find((answer) => 'problem' in answer) ?? answers[0] ?? { problem: 'the deployment has no proxy' };
}

async function askEntrance(
  { host: address, port, called }: Entrance,
  { facts, deployment }: Picture,
  probes: StatusProbes,
): Promise<ClusterStatus['token']> {
  const host = facts[address];
  if (!host?.reachable) return { problem: `the host of ${called}, ${address}, can't be reached` };
  if (!host.listening.some((listening) => listening.port === port))
    return { problem: `${called} does not listen on port ${port}` };
  return probes.completion(address, {
    port,
    called,
    model: deployment.servedModelName,
    prompt: 'Alice is ',
    maxTokens: 4,
  });
}
