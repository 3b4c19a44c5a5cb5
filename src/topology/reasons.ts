import { DEVICES_KEY } from '../deployment/devicesKey.ts';
import type { InstanceLayout } from './layout.ts';
import type { Reasoned } from './reasoned.ts';
import type { Instance, ProxyNode, ServerNode } from './topology.ts';

type Reasons = Readonly<Record<string, Reasoned>>;

/** Why each value of a server node is what it is. Keys are the deployment file's, or names of engines' arguments. */
export function serverReasons(node: Server, instance: Instance, layout: InstanceLayout): Reasons {
  if (node.role === 'mixed') return mixedReasons(node, instance, layout);
  const group = `deployment.${node.role}.${instance.group.name}`;
  const settings = `services.${node.role}, deployment.defaults or ${group}`;
  return {
    ...hostReasons(node, instance, group),
    ...rankReasons(node, layout),
    ...portReasons(node, group),
    ...cacheReasons(layout),
    ...layout.hosts[node.nodeRank]!.reasons,
    max_model_len: reasoned(node.settings.maxModelLen, settings),
    max_num_seqs: reasoned(node.settings.maxNumSeqs, settings),
    gpu_util: reasoned(node.settings.gpuUtil, settings),
  };
}

type Server = Omit<ServerNode, 'reasons'>;

function hostReasons(node: Server, instance: Instance, group: string): Reasons {
  const { nodeRank } = node;
  const place =
    nodeRank === 0
      ? `${group} names this host first: it is the master`
      : `${group} names it after ${nodeRank} other${nodeRank === 1 ? '' : 's'}`;
  return {
    host: reasoned(
      node.host,
      `host ${nodeRank + 1} of ${instance.group.hosts.length} of ${group}${namedWords(instance.group.hosts[nodeRank])}`,
    ),
    role: reasoned(node.role, `${group} stands under deployment.${node.role}`),
    container: reasoned(node.container, `services.container.name_prefix, role and node name`),
    master: reasoned(node.masterAddress, `the first host of ${group}`),
    node_rank: reasoned(nodeRank, place),
    [DEVICES_KEY]: reasoned(node.dies, `${group}, for this host`),
  };
}

/** Where the file has a name. */
function namedWords(host: { readonly name?: string } | undefined): string {
  return host?.name === undefined ? '' : `: ${host.name}, as this machine resolves it`;
}

function rankReasons(node: Server, layout: InstanceLayout): Reasons {
  const { rankOffset, numServers, serverOffset } = layout.hosts[node.nodeRank]!;
  return {
    rank_offset: rankOffset,
    ...parallelReasons(layout),
    num_servers: numServers,
    server_offset: serverOffset,
  };
}

function parallelReasons({ tensorParallel, dataParallel, pipelineParallel }: InstanceLayout): Reasons {
  const stages = pipelineParallel.value > 1 ? { pp: pipelineParallel } : {};
  return { tp: tensorParallel, dp: dataParallel, ...stages };
}

function portReasons(node: Server, group: string): Reasons {
  const ofMaster = node.nodeRank === 0 ? '' : ' as its master has it';
  return {
    master_port: reasoned(node.masterPort, `${group}.master_port${ofMaster}`),
    base_api_port: reasoned(node.baseApiPort, `${group}.base_api_port, for this host`),
    api_ports: reasoned(
      Array.from({ length: node.numServers }, (_, i) => node.baseApiPort + i),
      'base_api_port and one more for each further server of the host',
    ),
  };
}

function cacheReasons({ kv }: InstanceLayout): Reasons {
  return kv === null ? {} : { kv_role: kv.role, kv_rank: kv.rank, kv_parallel_size: kv.parallelSize };
}

function mixedReasons(node: Server, instance: Instance, layout: InstanceLayout): Reasons {
  const group = `deployment.mixed.${instance.group.name}`;
  const settings = `services.mixed, deployment.defaults or ${group}`;
  return {
    host: reasoned(node.host, `the host of ${group}${namedWords(instance.group.hosts[0])}`),
    role: reasoned(node.role, `${group} stands under deployment.mixed`),
    container: reasoned(node.container, 'services.container.name_prefix, role and node name'),
    [DEVICES_KEY]: reasoned(node.dies, group),
    ...parallelReasons(layout),
    ...layout.hosts[node.nodeRank]!.reasons,
    base_api_port: reasoned(node.baseApiPort, `${group}.base_api_port; requests go there, no proxy stands before it`),
    max_model_len: reasoned(node.settings.maxModelLen, settings),
    max_num_seqs: reasoned(node.settings.maxNumSeqs, settings),
    gpu_util: reasoned(node.settings.gpuUtil, settings),
  };
}

/** The router explains its other values. */
export function proxyNodeReasons(node: Omit<ProxyNode, 'reasons'>): Reasons {
  return {
    host: reasoned(node.host, 'deployment.proxy.host'),
    role: reasoned(node.role, 'deployment.proxy'),
    container: reasoned(node.container, 'services.container.name_prefix, role and node name'),
    listen_port: reasoned(node.listenPort, 'deployment.proxy.listen_port'),
  };
}

function reasoned(value: Reasoned['value'], because: string): Reasoned {
  return { value, because };
}
