import type { Deployment, Group, Login, Role } from '../deployment/deployment.ts';
import { proxyReasons, serverReasons } from './reasons.ts';
import type { Instance, Node, NodeName, ProxyNode, ServerNode, Topology, TopologyHost } from './topology.ts';

/**
 * Who serves what where. Instances are counted, not addresses: two prefill groups on one machine are two instances.
 * Decode group i follows the P prefill instances: kv_rank P + i, and every node of the cluster says kv_parallel_size P + D.
 */
export function buildTopology(deployment: Deployment): Topology {
  const groups = [...deployment.prefill, ...deployment.decode];
  const instances = groups.map((group, kvRank) => instanceOf(group, kvRank, firstNodeIndex(group, deployment)));
  const servers = instances.flatMap((instance, index) => serverNodes(deployment, instance, index, instances.length));
  const nodes: readonly Node[] = [...servers, proxyNode(deployment, servers)];
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
  const letter = group.role === 'prefill' ? 'p' : 'd';
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
  const isPrefill = role === 'prefill';
  let rankOffset = 0;
  return group.hosts.map((host, nodeRank) => {
    const name = instance.nodes[nodeRank]!;
    // one API server stands before a whole prefill instance, one before each die of a decode instance
    const numServers = isPrefill ? (nodeRank === 0 ? 1 : 0) : host.dies.length;
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
      serverOffset: isPrefill ? 0 : rankOffset,
      tensorParallelSize: isPrefill ? instance.numRanks : 1,
      dataParallelSize: isPrefill ? 1 : instance.numRanks,
      kvRank: instance.kvRank,
      kvParallelSize: numInstances,
      kvRole: isPrefill ? 'kv_producer' : 'kv_consumer',
      settings: group.settings,
    };
    rankOffset += host.dies.length;
    return { ...node, reasons: serverReasons(node, instance, deployment) };
  });
}

function proxyNode(deployment: Deployment, servers: readonly ServerNode[]): ProxyNode {
  const listOf = (role: Role) => servers.filter((server) => server.role === role).flatMap(apiAddresses);
  const node: Omit<ProxyNode, 'reasons'> = {
    name: 'c0',
    host: deployment.proxy.host,
    container: containerName(deployment, 'proxy', 'c0'),
    role: 'proxy',
    listenPort: deployment.proxy.listenPort,
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
  for (const group of [...deployment.prefill, ...deployment.decode]) {
    for (const host of group.hosts) if (!logins.has(host.address)) logins.set(host.address, host.login);
  }
  if (!logins.has(deployment.proxy.host)) logins.set(deployment.proxy.host, deployment.proxy.login);
  return [...logins].map(([address, login]) => ({
    address,
    login,
    nodes: nodes.filter((node) => node.host === address).map((node) => node.name),
  }));
}
