import type { UnreachableHost } from '../../facts/facts.ts';
import { quote } from '../../shell/quote.ts';
import type { NodeName } from '../../topology/topology.ts';
import { bringCommand } from '../cluster/bringCommand.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import type { HostStatus } from './hostStatus.ts';
import type { NodeStatus } from './types.ts';

/** One problem and what to type next. */
export interface Advice {
  /** A node's name or a host's address. */
  readonly of: string;
  readonly problem: string;
  readonly command: string;
  /** What follows it, or what it waits for; empty: nothing. */
  readonly note: string;
}

/** How to repair a host without facts, by why it has none. */
const REPAIRS: Readonly<Record<UnreachableHost['code'], string>> = {
  unreachable: 'power it on or mend the way to it',
  handshake: 'fix what its SSH server offers',
  auth: 'fix the login',
  'host-key-unknown': 'fix its host key',
  'host-key-changed': 'fix its host key',
  'host-key-revoked': 'fix its host key',
  probe: 'fix what the probe reports',
};

/** The next command for each problem, hosts first: what stands on them can't be mended before they are. */
export function adviceOf(
  clusterView: ClusterView,
  hosts: readonly HostStatus[],
  nodes: readonly NodeStatus[],
): readonly Advice[] {
  const ofHosts = hosts.flatMap((host) => adviceOnHost(host, nodes, clusterView));
  const unfit = new Map(hosts.filter(({ state }) => state !== 'up').map((host) => [host.host, host]));
  // a proxy answers for the servers behind it: it is looked at once they answer
  const serversServe = nodes.every((node) => node.role === 'proxy' || node.state === 'serving');
  const ofNodes = nodes
    .filter((node) => node.role !== 'proxy' || serversServe || node.servers.length === 0)
    .flatMap((node) => adviceOnNode(node, unfit, clusterView));
  return [...ofHosts, ...ofNodes];
}

function adviceOnHost(
  { host, nodes, state, reason }: HostStatus,
  statuses: readonly NodeStatus[],
  clusterView: ClusterView,
): Advice[] {
  const { topology, deployment, facts } = clusterView;
  const login = topology.hosts.find(({ address }) => address === host)?.login;
  const ssh = [
    'ssh',
    ...(login && login.port !== 22 ? ['-p', String(login.port)] : []),
    `${login?.user ?? 'root'}@${host}`,
  ];
  const of = `${host} (${nodes.join(', ')})`;
  const note = `then ${bringCommand(clusterView)}`;
  if (state === 'unreachable') {
    const found = facts[host];
    const code = found === undefined || found.reachable ? 'unreachable' : found.code;
    const command = code === 'unreachable' || code === 'probe' ? quote([...ssh, 'true']) : keysCheck(deployment.file);
    return [{ of, problem: reason, command, note: `${REPAIRS[code]}, ${note}` }];
  }
  if (state === 'docker-down') {
    const running = statuses.filter((node) => node.host === host && node.generation !== null).map(({ node }) => node);
    const rest =
      running.length === 0 ? '' : `; ${running.join(', ')} run${running.length === 1 ? 's' : ''} on without it`;
    return [{ of, problem: `${reason}${rest}`, command: quote([...ssh, 'systemctl', 'start', 'docker']), note }];
  }
  return [];
}

function adviceOnNode(node: NodeStatus, unfit: ReadonlyMap<string, HostStatus>, clusterView: ClusterView): Advice[] {
  const { file } = clusterView.deployment;
  const bring = bringCommand(clusterView);
  const advice: Advice[] = [];
  const say = (problem: string, command: string, note = '') => advice.push({ of: node.node, problem, command, note });
  const mates = matesOf(node.node, clusterView).filter((name) => unfit.has(hostOf(name, clusterView)));
  const waits = mates.length === 0 ? '' : `its instance needs ${mates.join(', ')}: mend that first`;
  const own = unfit.get(node.host);
  const logs = (follow = '') => `omniplace logs ${follow}${node.node} ${quote([file])}`;
  if (own !== undefined && node.state !== 'serving' && node.state !== 'degraded') return [];
  if (node.state === 'stopped') say(node.reason, bring, waits);
  else if (node.state === 'starting') say(node.reason, logs('-f '));
  else if (node.state === 'dead' && node.servers.length === 0) say(node.reason, logs(), waits || `then ${bring}`);
  else if (node.state === 'dead' || node.state === 'degraded')
    say(node.reason, restart(node.node, file), waits || `its last words: ${logs()}`);
  if (
    advice.length === 0 &&
    node.restartPending !== null &&
    (node.state === 'serving' || node.state === 'degraded') &&
    node.drift.length === 0
  )
    say(`restart pending: ${node.restartPending}`, bring);
  for (const drifted of node.drift) say(drifted, `${bring} --check --diff`, `${bring} puts it back`);
  return advice;
}

function matesOf(name: NodeName, { topology }: ClusterView): readonly NodeName[] {
  const instance = topology.instances.find(({ nodes }) => nodes.includes(name));
  return instance?.nodes.filter((other) => other !== name) ?? [];
}

function hostOf(name: NodeName, { topology }: ClusterView): string {
  return topology.nodes.find((node) => node.name === name)?.host ?? '';
}

function keysCheck(file: string): string {
  return `omniplace keys check ${quote([file])}`;
}

function restart(name: NodeName, file: string): string {
  return `omniplace restart ${name} ${quote([file])}`;
}
