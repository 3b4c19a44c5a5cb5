import type { ReachedHost } from '../../facts/facts.ts';
import type { PortRange } from '../../topology/topology.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** A host's ports that are taken, or that the kernel may give away before a server has bound them. */
export function portProblems(examined: Examined, found: ReachedHost): Finding[] {
  const nodes = examined.topology.nodes.filter((node) => node.host === found.address);
  const ranges = nodes.flatMap((node) => examined.portsOf(node));
  return [
    ...takenPorts(examined, found, ranges),
    ...heldByConnections(examined, found, ranges),
    ...outgoing(found, ranges),
  ];
}

function takenPorts(examined: Examined, found: ReachedHost, ranges: readonly PortRange[]): Finding[] {
  const { cluster } = examined.topology;
  const ourPids = new Set(
    found.processes.filter((process) => process.node.startsWith(`${cluster}/`)).map((process) => process.pid),
  );
  // a foreign container is told of by its name; what listens in ours is ours, though some servers write their titles over
  // the environment that would say so
  const ofContainers = new Set(found.docker.containers.flatMap(({ id }) => found.holdings[id]?.ports ?? []));
  return found.listening.flatMap(({ port, pid }): Finding[] => {
    if (ofContainers.has(port)) return [];
    const range = ranges.find((candidate) => port >= candidate.from && port <= candidate.to);
    const ofRanks = ranges.find(({ to, further }) => further !== undefined && port > to && port <= to + further.count);
    const meant = range ?? ofRanks;
    if (!meant) return [];
    const ours =
      pid === null ? found.processes.some((process) => process.node === `${cluster}/${meant.node}`) : ourPids.has(pid);
    if (ours) return [];
    const holder = pid === null ? 'another process' : `process ${pid}`;
    const whose = pid === null ? `ss -ltnp 'sport = :${port}'` : `ps -o user,lstart,args -p ${pid}`;
    return [
      range
        ? findingOn(found.address).error(
            'port-taken',
            `port ${port} (${range.purpose} of ${range.node}) is held by ${holder}`,
            `choose another port, or see on that host whose it is: ${whose}`,
          )
        : findingOn(found.address).warning(
            'port-taken',
            `port ${port}, which ranks of ${meant.node} may take ${meant.further?.purpose} (${meant.from} and on), is held by ${holder}`,
            `if servers fail to bind it, see on that host whose it is: ${whose}`,
          ),
    ];
  });
}

/** Somebody else's connection goes out from a port that a server of ours is to bind. */
function heldByConnections(examined: Examined, found: ReachedHost, ranges: readonly PortRange[]): Finding[] {
  const running = new Set(found.processes.map(({ node }) => node));
  const listening = new Set(found.listening.map(({ port }) => port));
  return found.machine.connectedPorts.flatMap((port) => {
    const range = ranges.find(({ from, to }) => port >= from && port <= to);
    // where somebody listens, or our server runs, these are its own connections
    if (!range || listening.has(port) || running.has(`${examined.topology.cluster}/${range.node}`)) return [];
    return [
      findingOn(found.address).error(
        'port-taken',
        `port ${port} (${range.purpose} of ${range.node}) is in use by a connection`,
        `ss -tnp 'sport = :${port}' on that host shows whose; wait for its end, or choose another port`,
      ),
    ];
  });
}

function outgoing(found: ReachedHost, ranges: readonly PortRange[]): Finding[] {
  const kernel = found.machine.outgoingPorts;
  if (kernel === null) return [];
  const reserved = kernel.reserved.split(',').map((part) => part.split('-').map(Number));
  const isReserved = (port: number) => reserved.some(([from = -1, to = from]) => port >= from && port <= to);
  return ranges.flatMap(({ from, to, purpose, node }) => {
    const first = Math.max(from, kernel.from);
    const last = Math.min(to, kernel.to);
    if (first > last || (isReserved(first) && isReserved(last))) return [];
    const span = first === last ? `port ${first}` : `ports ${first}-${last}`;
    return [
      findingOn(found.address).warning(
        'port-outgoing',
        `${span} (${purpose} of ${node}): the kernel gives ${kernel.from}-${kernel.to} to outgoing connections, so one may be gone when the server wants it`,
        `choose lower ports, or sysctl -w net.ipv4.ip_local_reserved_ports=${first}-${last} on that host`,
      ),
    ];
  });
}
