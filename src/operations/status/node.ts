import { basename } from 'node:path';
import type { DesiredNode } from '../../engines/desired.ts';
import { httpProbes } from '../../engines/readiness.ts';
import type { ContainerFacts, HostFacts, ReachedHost } from '../../facts/facts.ts';
import { findChanges } from '../../plan/change.ts';
import { containerOf } from '../../plan/containerChange.ts';
import type { Node, NodeName } from '../../topology/topology.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { findDrift } from '../cluster/drift.ts';
import { recordingNode } from '../cluster/recordingNode.ts';
import { runningPattern } from '../cluster/running.ts';
import type { Answers, NodeStatus, ServerStatus, State } from './types.ts';

/** Every node by its processes, its ports and its answers; docker is asked last, since servers outlive it. */
export function nodeStatuses(clusterView: ClusterView, answers: Answers): readonly NodeStatus[] {
  const pending = pendingRestarts(clusterView);
  const drift = findDrift(clusterView);
  return clusterView.topology.nodes.map((node) => nodeStatus(node, clusterView, answers, pending, drift));
}

function nodeStatus(
  node: Node,
  clusterView: ClusterView,
  answers: Answers,
  pending: ReadonlyMap<NodeName, string>,
  drift: ReturnType<typeof findDrift>,
): NodeStatus {
  const desired = clusterView.desired.nodes[node.name];
  const facts = clusterView.facts[node.host];
  const base = {
    node: node.name,
    role: node.role,
    host: node.host,
    servers: [],
    rayWorker: node.role !== 'proxy' && node.part === 'worker',
    generation: null,
    restartPending: null,
    pattern: null,
    dynamic: null,
    patternFile: null,
    swaps: swapsOf(node, clusterView),
    ...runningOf(desired, facts),
    code: answers.origins?.[node.name] ?? null,
    dump: dumpOf(node, facts, clusterView),
    drift: drift.get(node.name) ?? [],
  };
  const out = outOfService(desired, facts);
  if (out) return { ...base, ...out };
  if (!desired || !facts?.reachable) throw new Error(`no desired state of ${node.name}`);

  const processes = facts.processes.filter((process) => process.node === desired.server.identity);
  const generation = processes[0]?.generation ?? null;
  const { readiness } = desired.server;
  const servers = serversOf(desired, facts, answers);
  const wasReady = generation !== null && facts.texts[desired.paths.ready]?.trim() === generation;
  const { pattern, dynamic } = runningPattern(clusterView, node);
  return {
    ...base,
    servers,
    generation,
    pattern,
    dynamic,
    patternFile: pattern === null || pattern === 'base' || pattern === 'off' ? null : patternFileOf(node, clusterView),
    restartPending: pending.get(node.name) ?? null,
    ...('file' in readiness ? judgeMember(readiness.what, wasReady) : judgeServers(servers, wasReady)),
  };
}

/** Of its container and of its first process. */
function runningOf(
  desired: DesiredNode | undefined,
  facts: HostFacts | undefined,
): Pick<NodeStatus, 'image' | 'since' | 'upS' | 'restarts'> {
  if (desired === undefined || !facts?.reachable) return { image: null, since: null, upS: null, restarts: 0 };
  const container = containerOf(desired, facts);
  const ours = facts.processes.filter(({ node }) => node === desired.server.identity);
  const first = ours.find(({ leader }) => leader) ?? ours[0];
  const { bootS = null } = facts.machine;
  const startS = first === undefined || bootS === null ? null : bootS + first.startTicks / TICKS_PER_S;
  return {
    image: container?.image ?? null,
    since: startS === null ? null : new Date(startS * 1_000).toISOString(),
    upS: startS === null ? null : Math.max(0, Math.round(facts.clock.epochS - startS)),
    restarts: container?.restarts?.count ?? 0,
  };
}

function serversOf(desired: DesiredNode, facts: ReachedHost, answers: Answers): ServerStatus[] {
  const holder = new Map(facts.listening.map(({ port, pid }) => [port, pid]));
  const stopped = new Set(facts.stoppedPids);
  return httpProbes(desired.server.readiness).map(({ of, host, port }) => {
    const said = answers.health.get(`${host}:${port}`) ?? null;
    const isLate = answers.late.has(`${host}:${port}`);
    const pid = holder.get(port);
    // listening is the kernel's doing: a stopped process listens on, and answers nothing
    if (pid != null && stopped.has(pid) && said !== null)
      return {
        of,
        port,
        problem: `hangs: process ${pid} is stopped (kill -CONT ${pid} on the host lets it go on)`,
        isLate: false,
      };
    if (holder.has(port) || said === null) return { of, port, problem: said, isLate };
    return { of, port, problem: 'does not listen', isLate: false };
  });
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
  const loop = restartWords(container, facts.clock.epochS);
  if (loop !== null) return { state: 'dead', reason: loop };
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

/** A restarted container has no server: ours are started in it, and go with it. Null: docker has not restarted it lately. */
function restartWords({ restarts }: ContainerFacts, nowS: number): string | null {
  if (restarts === undefined) return null;
  const { count, lastS, waits, exitCode, outOfMemory } = restarts;
  const agoS = Math.max(0, Math.round(nowS - lastS));
  if (!waits && agoS > RECENT_S) return null;
  const times = count > 1 ? ` again and again, ${count} times so far` : '';
  const last = waits
    ? `it is down now, until docker tries again${exitCode === null ? '' : ` (exit code ${exitCode})`}`
    : `the last time ${agoS} s ago`;
  const why = outOfMemory ? '; the kernel ended a process of it for want of memory' : '';
  return `docker restarts its container${times}: ${last}${why}`;
}

/** Of /proc: the same on every Linux that is met today. */
const TICKS_PER_S = 100;
/** A restart longer ago is no loop. */
const RECENT_S = 15 * 60;

function judgeServers(servers: readonly ServerStatus[], wasReady: boolean): { state: State; reason: string } {
  const bad = servers.filter((server) => server.problem !== null);
  const [first] = bad;
  if (!first)
    return { state: 'serving', reason: servers.length === 1 ? 'answers' : `${servers.length} servers answer` };
  const more = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
  const words = `${first.of} (port ${first.port}) ${first.problem}${more}`;
  if (!wasReady) return { state: 'starting', reason: words };
  // busy is not dead
  const isDead = bad.length === servers.length && !bad.every(({ isLate }) => isLate);
  return { state: isDead ? 'dead' : 'degraded', reason: words };
}

/** Its process ends when its cluster does, so it lives as long as it is a part of it. */
function judgeMember(what: string, wasReady: boolean): { state: State; reason: string } {
  return wasReady
    ? { state: 'serving', reason: `${what}, joined` }
    : { state: 'starting', reason: `${what}, has not joined yet` };
}

function patternFileOf(node: Node, { engine }: ClusterView): string | null {
  const file = node.role === 'proxy' ? null : (engine.experts?.placed(node.settings).file ?? null);
  return file === null ? null : basename(file);
}

/** The swaps are in the folder of windows, which one node of an instance writes for all. */
function swapsOf(node: Node, clusterView: ClusterView): number {
  const { engine, topology, facts } = clusterView;
  const { experts } = engine;
  if (!experts?.recorded || !experts.live || node.role === 'proxy') return 0;
  const writer = recordingNode(topology.instances[node.instance]!, topology, experts.recorded);
  const { recordFolder } = experts.placed(node.settings);
  const found = writer === null ? undefined : facts[writer.host];
  return (recordFolder !== null && found?.reachable && found.dumps[recordFolder]?.swaps) || 0;
}

function dumpOf(node: Node, facts: HostFacts | undefined, { engine, topology }: ClusterView): NodeStatus['dump'] {
  const { experts } = engine;
  if (!experts?.recorded || node.role === 'proxy' || !facts?.reachable) return null;
  if (recordingNode(topology.instances[node.instance]!, topology, experts.recorded) !== node) return null;
  const { isRecording, recordFolder } = experts.placed(node.settings);
  const found = recordFolder === null || !isRecording ? null : facts.dumps[recordFolder];
  if (!found) return null;
  const { stamp, windows, newestS } = found;
  return { stamp, windows, ageS: Math.max(0, Math.round(facts.clock.epochS - newestS)) };
}

function pendingRestarts({ desired, facts, topology }: ClusterView): ReadonlyMap<NodeName, string> {
  const changes = findChanges(desired, facts, topology);
  return new Map(
    changes.flatMap((change) =>
      change.kind === 'server' && change.how !== 'start' ? [[change.node, change.because] as const] : [],
    ),
  );
}
