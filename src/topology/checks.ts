import type { Deployment } from '../deployment/deployment.ts';
import { DEVICES_KEY } from '../deployment/devicesKey.ts';
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
    ...unknownBuildHost(context),
    ...severalDecodeGroups(context),
  ];
}

function* collidingPorts(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const [i, later] of ports.entries()) {
    for (const earlier of ports.slice(0, i)) {
      if (earlier.host !== later.host || earlier.to < later.from || later.to < earlier.from) continue;
      // ports that no key of the file sets are not to blame
      const [blamed, other] = keyOf(later) === null ? [earlier, later] : [later, earlier];
      const shared = Math.max(earlier.from, later.from);
      yield fault(context, 'port_collision', 'error', placeOfPort(context, blamed), {
        message: `Port ${shared} of ${later.host} is wanted twice: by ${inWords(blamed)} and by ${inWords(other)}.`,
        hint: `Change ${keyOf(blamed) ?? 'the host of one of them'}.`,
      });
    }
  }
}

/** A prefill instance names a master port, but with one data-parallel rank no process binds it. */
function* unboundMasterPorts(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const node of servers(context.topology)) {
    if (node.role !== 'prefill' || node.nodeRank !== 0) continue;
    const port = node.masterPort;
    const other = ports.find(({ host, from, to }) => host === node.host && from <= port && port <= to);
    if (!other) continue;
    yield fault(context, 'port_collision', 'warning', placeOfKey(context, node, 'master_port'), {
      message: `Port ${port} of ${node.host} is the master port of ${node.name}, and is bound by ${inWords(other)}.`,
      hint: 'Nothing binds the master port of a prefill instance, so both work; another port would be clearer.',
    });
  }
}

function* portsPastTheEnd(context: CheckContext, ports: readonly PortRange[]): Generator<Fault> {
  for (const range of ports) {
    if (range.to <= 65_535) continue;
    yield fault(context, 'port_past_end', 'error', placeOfPort(context, range), {
      message: `${capital(inWords(range))} on ${range.host} would go past port 65535.`,
      hint: `Choose a ${keyOf(range) ?? 'port'} of at most ${65_535 - (range.to - range.from)}.`,
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
      yield fault(context, 'die_collision', 'error', placeOfKey(context, node, DEVICES_KEY), {
        message: `${taken.length === 1 ? 'Die' : 'Dies'} ${taken.join(',')} of ${address} ${taken.length === 1 ? 'is' : 'are'} used by ${others} and by ${node.name}.`,
        hint: 'Give each instance on a host dies of its own.',
      });
    }
  }
}

function* unknownBuildHost(context: CheckContext): Generator<Fault> {
  const { buildHost } = context.deployment;
  if (buildHost === null || servers(context.topology).some(({ host }) => host === buildHost)) return;
  const hosts = [...new Set(servers(context.topology).map(({ host }) => host))];
  const path = 'services.build_host';
  yield fault(
    context,
    'unknown_build_host',
    'error',
    { path, ...context.placeOf(path) },
    {
      message: `No server of this deployment runs on \`${buildHost}\`, so there is no container to build wheels in.`,
      hint: `Its hosts: ${hosts.join(', ')}.`,
    },
  );
}

function* severalDecodeGroups(context: CheckContext): Generator<Fault> {
  const second = context.deployment.decode[1];
  if (!second) return;
  const path = `deployment.decode.${second.name}`;
  yield fault(
    context,
    'several_decode_groups',
    'warning',
    { path, ...context.placeOf(path) },
    {
      message: `There are ${context.deployment.decode.length} decode groups; OmniInfer vouches for one.`,
      hint: 'Each gets a kv_rank, ranks and a master of its own. One group of all the hosts is what OmniInfer is made for.',
    },
  );
}

function servers(topology: Topology): ServerNode[] {
  return topology.nodes.filter((node) => node.role !== 'proxy');
}

/** The key of the file that moves the range. */
function keyOf(range: PortRange): string | null {
  if (range.purpose === 'api') return 'base_api_port';
  if (range.purpose === 'master') return 'master_port';
  return range.purpose === 'listen' ? 'listen_port' : null;
}

function placeOfPort(context: CheckContext, range: PortRange): { readonly path: string } & Place {
  const node = context.topology.nodes.find(({ name }) => name === range.node)!;
  const key = keyOf(range);
  if (node.role !== 'proxy') return placeOfKey(context, node, key ?? 'hosts');
  const path = `deployment.proxy.${key}`;
  return { path, ...context.placeOf(path) };
}

function placeOfKey(
  { topology, placeOf }: CheckContext,
  node: ServerNode,
  key: string,
): { readonly path: string } & Place {
  const { name } = topology.instances[node.instance]!.group;
  return writtenAt(placeOf, { role: node.role, name, address: node.host }, key);
}

function inWords({ node, purpose, from, to }: PortRange): string {
  const what = {
    api: 'the API servers of',
    master: 'the master port of',
    zmq: 'the KV transfer (zmq) of',
    ray: 'the ray head of',
    listen: 'the proxy',
  }[purpose];
  return `${what} ${node} (${from === to ? from : `${from}-${to}`})`;
}
