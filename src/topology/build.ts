import type { Deployment, Group, Login, ProxyEntry, Role } from '../deployment/deployment.ts';
import type { InstanceLayout } from './layout.ts';
import { proxyNodeReasons, serverReasons } from './reasons.ts';
import type { Instance, Node, NodeName, ProxyNode, ServerNode, Topology, TopologyHost } from './topology.ts';

const LETTERS = { prefill: 'p', decode: 'd', mixed: 'm' } as const;

/**
 * Who serves what where. Instances are counted, not addresses: two prefill groups on one machine are two instances. A mixed
 * group is a server of its own.
 * @param layoutOf how the engine spreads an instance over its hosts
 */
export function buildTopology(deployment: Deployment, layoutOf: (group: Group) => InstanceLayout): Topology {
  const groups = [...deployment.prefill, ...deployment.decode, ...deployment.mixed];
  const layouts = groups.map(layoutOf);
  const instances = groups.map((group, i) => instanceOf(group, layouts[i]!, firstNodeIndex(group, deployment)));
  const servers = instances.flatMap((instance, i) => serverNodes(deployment, instance, i, layouts[i]!));
  const { proxy } = deployment;
  const nodes: readonly Node[] = [...servers, ...(proxy === null ? [] : [proxyNode(deployment, proxy)])];
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

function instanceOf(group: Group, layout: InstanceLayout, firstIndex: number): Instance {
  const letter = LETTERS[group.role];
  const nodes = group.hosts.map((_, i): NodeName => `${letter}${firstIndex + i}`);
  return {
    role: group.role,
    group,
    numRanks: layout.expertParallel,
    nodes,
    master: nodes[0]!,
    masterAddress: group.hosts[0]!.address,
  };
}

function serverNodes(
  deployment: Deployment,
  instance: Instance,
  instanceIndex: number,
  layout: InstanceLayout,
): ServerNode[] {
  const { group, role } = instance;
  const { kv } = layout;
  return group.hosts.map((host, nodeRank) => {
    const name = instance.nodes[nodeRank]!;
    const onHost = layout.hosts[nodeRank]!;
    const node: Omit<ServerNode, 'reasons'> = {
      name,
      host: host.address,
      container: containerName(deployment, role, name),
      role,
      instance: instanceIndex,
      nodeRank,
      dies: host.dies,
      rankOffset: onHost.rankOffset.value,
      masterAddress: instance.masterAddress,
      masterPort: group.hosts[0]!.masterPort,
      baseApiPort: host.baseApiPort,
      numServers: onHost.numServers.value,
      serverOffset: onHost.serverOffset.value,
      part: onHost.part,
      tensorParallelSize: layout.tensorParallel.value,
      dataParallelSize: layout.dataParallel.value,
      pipelineParallelSize: layout.pipelineParallel.value,
      kv: kv && { role: kv.role.value, rank: kv.rank.value, parallelSize: kv.parallelSize.value },
      settings: host.settings,
    };
    return { ...node, reasons: serverReasons(node, instance, layout) };
  });
}

function proxyNode(deployment: Deployment, proxy: ProxyEntry): ProxyNode {
  const node: Omit<ProxyNode, 'reasons'> = {
    name: 'c0',
    host: proxy.host,
    container: containerName(deployment, 'proxy', 'c0'),
    role: 'proxy',
    listenPort: proxy.listenPort,
  };
  return { ...node, reasons: proxyNodeReasons(node) };
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
