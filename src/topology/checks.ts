import type { Deployment } from '../deployment/deployment.ts';
import { DEVICES_KEYS } from '../deployment/devicesKey.ts';
import type { Fault } from '../deployment/fault.ts';
import type { Place, Positions } from '../deployment/positions.ts';
import { type CheckContext, capital, fault } from './checkContext.ts';
import { loginFaults } from './logins.ts';
import type { PortRange, ServerNode, Topology } from './topology.ts';
import { unequalHosts } from './unequalHosts.ts';
import { writtenAt } from './writtenAt.ts';

/** What is wrong with a deployment only when its nodes are seen together: `ports` are those its engine binds. */
export function checkTopology(
  deployment: Deployment,
  topology: Topology,
  ports: readonly PortRange[],
  placeOf: Positions,
): readonly Fault[] {
  const context = { deployment, topology, placeOf };
  return [
    ...collidingPorts(context, ports),
    ...unboundMasterPorts(context, ports),
    ...portsPastTheEnd(context, ports),
    ...collidingDies(context),
    ...unequalHosts(context),
    ...loginFaults(context),
  ];
}

function* collidingPorts(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const [i, later] of ports.entries()) {
    for (const earlier of ports.slice(0, i)) {
      if (earlier.host !== later.host || earlier.to < later.from || later.to < earlier.from) continue;
      // ports that no key of the file sets are not to blame
      const [blamed, other] = later.key === null ? [earlier, later] : [later, earlier];
      const shared = Math.max(earlier.from, later.from);
      yield fault(context, 'port_collision', 'error', placeOfPort(context, blamed), {
        message: `Port ${shared} of ${later.host} is wanted twice: by ${inWords(blamed)} and by ${inWords(other)}.`,
        hint: `Change ${blamed.key ?? 'the host of one of them'}.`,
      });
    }
  }
}

/** A master port that no process of its master binds: there is only one rank, and nothing to meet. */
function* unboundMasterPorts(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const node of servers(context.topology)) {
    const port = node.masterPort;
    const isOwn = (range: PortRange) => range.node === node.name && range.key === 'master_port';
    if (node.role === 'mixed' || node.nodeRank !== 0 || ports.some(isOwn)) continue;
    const other = ports.find(({ host, from, to }) => host === node.host && from <= port && port <= to);
    if (!other) continue;
    yield fault(context, 'port_collision', 'warning', placeOfKey(context, node, 'master_port'), {
      message: `Port ${port} of ${node.host} is the master port of ${node.name}, and is bound by ${inWords(other)}.`,
      hint: `Nothing binds the master port of a ${node.role} instance, so both work; another port would be clearer.`,
    });
  }
}

function* portsPastTheEnd(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const range of ports) {
    if (range.to <= 65_535) continue;
    yield fault(context, 'port_past_end', 'error', placeOfPort(context, range), {
      message: `${capital(inWords(range))} on ${range.host} would go past port 65535.`,
      hint: `Choose a ${range.key ?? 'port'} of at most ${65_535 - (range.to - range.from)}.`,
    });
  }
}

function* collidingDies(context: CheckContext): Generator<Fault> {
  for (const { address } of context.topology.hosts) {
    const holders = new Map<number, ServerNode>();
    for (const node of servers(context.topology).filter(({ host }) => host === address)) {
      const taken = node.dies.filter((die) => holders.has(die));
      for (const die of node.dies) if (!holders.has(die)) holders.set(die, node);
      if (taken.length === 0) continue;
      const others = [...new Set(taken.map((die) => holders.get(die)!.name))].join(' and ');
      yield fault(context, 'die_collision', 'error', placeOfKey(context, node, DEVICES_KEYS), {
        message: `${taken.length === 1 ? 'Die' : 'Dies'} ${taken.join(',')} of ${address} ${taken.length === 1 ? 'is' : 'are'} used by ${others} and by ${node.name}.`,
        hint: 'Give each instance on a host dies of its own.',
      });
    }
  }
}

function servers(topology: Topology): ServerNode[] {
  return topology.nodes.filter((node) => node.role !== 'proxy');
}

function placeOfPort(context: CheckContext, range: PortRange): { readonly path: string } & Place {
  const node = context.topology.nodes.find(({ name }) => name === range.node)!;
  const key = range.key;
  if (node.role !== 'proxy') return placeOfKey(context, node, key ?? 'hosts');
  const path = `deployment.proxy.${key}`;
  return { path, ...context.placeOf(path) };
}

function placeOfKey(
  { topology, placeOf }: CheckContext,
  node: ServerNode,
  key: string | readonly string[],
): { readonly path: string } & Place {
  const { name } = topology.instances[node.instance]!.group;
  return writtenAt(placeOf, { role: node.role, name, address: node.host }, key);
}

function inWords({ node, what, from, to }: PortRange): string {
  return `${what} ${node} (${from === to ? from : `${from}-${to}`})`;
}
