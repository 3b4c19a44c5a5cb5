import type { Deployment, Group, Login, ProxyEntry, Role, ServerRole } from '../deployment/deployment.ts';
import { proxyReasons, serverReasons } from './reasons.ts';
import type { Instance, Node, NodeName, ProxyNode, ServerNode, Topology, TopologyHost } from './topology.ts';

const LETTERS = { prefill: 'p', decode: 'd', mixed: 'm' } as const;
const KV_ROLES = { prefill: 'kv_producer', decode: 'kv_consumer', mixed: null } as const;

/**
 * Who serves what where. Instances are counted, not addresses: two prefill groups on one machine are two instances.
 * Decode group i follows the P prefill instances: kv_rank P + i, and every node of the cluster has kv_parallel_size P + D.
 * A mixed group is a server of its own.
 */
export function buildTopology(deployment: Deployment): Topology {
  const groups = [...deployment.prefill, ...deployment.decode, ...deployment.mixed];
  const instances = groups.map((group, kvRank) => instanceOf(group, kvRank, firstNodeIndex(group, deployment)));
  const servers = instances.flatMap((instance, index) => serverNodes(deployment, instance, index, instances.length));
  const { proxy } = deployment;
  const nodes: readonly Node[] = [...servers, ...(proxy === null ? [] : [proxyNode(deployment, proxy, servers)])];
  return {
    cluster: deployment.name,
    hosts: hostsOf(deployment, nodes),
    instances,
    nodes,
    numPrefill: deployment.prefill.length,
    numDecode: deployment.decode.length,
  };
}

/** Nodes are numbered host by host, through all groups of a role. */
function firstNodeIndex(group: Group, deployment: Deployment): number {
  return deployment[group.role].slice(0, group.ordinal).reduce((sum, earlier) => sum + earlier.hosts.length, 0);
}

function instanceOf(group: Group, kvRank: number, firstIndex: number): Instance {
  const letter = LETTERS[group.role];
  const nodes = group.hosts.map((_, i): NodeName => `${letter}${firstIndex + i}`);
  return {
    role: group.role,
    group,
    kvRank,
    numRanks: group.hosts.reduce((sum, host) => sum + host.dies.length, 0),
    nodes,
    master: nodes[0]!,
    masterAddress: group.hosts[0]!.address,
  };
}

function serverNodes(
  deployment: Deployment,
  instance: Instance,
  instanceIndex: number,
  numInstances: number,
): ServerNode[] {
  const { group, role } = instance;
  const isDecode = role === 'decode';
  let rankOffset = 0;
  return group.hosts.map((host, nodeRank) => {
    const name = instance.nodes[nodeRank]!;
    const numServers = serversOn(role, nodeRank, host.dies.length);
    const node: Omit<ServerNode, 'reasons'> = {
      name,
      host: host.address,
      container: containerName(deployment, role, name),
      role,
      instance: instanceIndex,
      nodeRank,
      dies: host.dies,
      rankOffset,
      masterAddress: instance.masterAddress,
      masterPort: group.hosts[0]!.masterPort,
      baseApiPort: host.baseApiPort,
      numServers,
      serverOffset: isDecode ? rankOffset : 0,
      tensorParallelSize: isDecode ? 1 : instance.numRanks,
      dataParallelSize: isDecode ? instance.numRanks : 1,
      kvRank: instance.kvRank,
      kvParallelSize: numInstances,
      kvRole: KV_ROLES[role],
      settings: host.settings,
    };
    rankOffset += host.dies.length;
    return { ...node, reasons: serverReasons(node, instance, deployment) };
  });
}

/** One API server serves a whole prefill or mixed instance, one serves each die of a decode instance. */
function serversOn(role: ServerRole, nodeRank: number, numDies: number): number {
  if (role === 'decode') return numDies;
  return nodeRank === 0 ? 1 : 0;
}

function proxyNode(deployment: Deployment, proxy: ProxyEntry, servers: readonly ServerNode[]): ProxyNode {
  const listOf = (role: Role) => servers.filter((server) => server.role === role).flatMap(apiAddresses);
  const node: Omit<ProxyNode, 'reasons'> = {
    name: 'c0',
    host: proxy.host,
    container: containerName(deployment, 'proxy', 'c0'),
    role: 'proxy',
    listenPort: proxy.listenPort,
    settings: proxy,
    prefillServers: listOf('prefill'),
    decodeServers: listOf('decode'),
  };
  return { ...node, reasons: proxyReasons(node, deployment) };
}

function apiAddresses(node: ServerNode): string[] {
  return Array.from({ length: node.numServers }, (_, i) => `${node.host}:${node.baseApiPort + i}`);
}

function containerName(deployment: Deployment, role: Role, node: NodeName): string {
  return `${deployment.container.namePrefix}_${role}_${node}`;
}

function hostsOf(deployment: Deployment, nodes: readonly Node[]): TopologyHost[] {
  const logins = new Map<string, Login>();
  const { proxy } = deployment;
  for (const group of [...deployment.prefill, ...deployment.decode, ...deployment.mixed]) {
    for (const host of group.hosts) if (!logins.has(host.address)) logins.set(host.address, host.login);
  }
  if (proxy !== null && !logins.has(proxy.host)) logins.set(proxy.host, proxy.login);
  return [...logins].map(([address, login]) => ({
    address,
    login,
    nodes: nodes.filter((node) => node.host === address).map((node) => node.name),
  }));
}
