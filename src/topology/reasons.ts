import type { Deployment } from '../deployment/deployment.ts';
import { DEVICES_KEY } from '../deployment/devicesKey.ts';
import type { Instance, ProxyNode, Reasoned, ServerNode } from './topology.ts';

type Reasons = Readonly<Record<string, Reasoned>>;

/** Why each value of a server node is what it is. Keys are the deployment file's and OmniInfer's own names. */
export function serverReasons(node: Server, instance: Instance, deployment: Deployment): Reasons {
  if (node.role === 'mixed') return mixedReasons(node, instance);
  const group = `deployment.${node.role}.${instance.group.name}`;
  const settings = `services.${node.role}, deployment.defaults or ${group}`;
  return {
    ...hostReasons(node, instance, group),
    ...rankReasons(node, instance, group),
    ...portReasons(node, group),
    ...cacheReasons(node, instance, deployment),
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
    host: reasoned(node.host, `host ${nodeRank + 1} of ${instance.group.hosts.length} of ${group}`),
    role: reasoned(node.role, `${group} stands under deployment.${node.role}`),
    container: reasoned(node.container, `services.container.name_prefix, role and node name`),
    master: reasoned(node.masterAddress, `the first host of ${group}`),
    node_rank: reasoned(nodeRank, place),
    [DEVICES_KEY]: reasoned(node.dies, `${group}, for this host`),
  };
}

function rankReasons(node: Server, instance: Instance, group: string): Reasons {
  const isPrefill = node.role === 'prefill';
  const isMaster = node.nodeRank === 0;
  const earlier = node.nodeRank === 1 ? `host of ${group}` : `${node.nodeRank} hosts of ${group}`;
  const dies = dieSum(instance);
  const tp = isPrefill
    ? `a prefill instance is one tensor-parallel server over all its dies: ${dies}`
    : 'each decode die serves alone';
  const dp = isPrefill ? 'a prefill instance is one server' : `one rank per die of the instance: ${dies}`;
  const rankOffset = isMaster ? "the master's first die is rank 0" : `dies of the earlier ${earlier}`;
  const servers = isMaster ? "the master's servers come first" : `API servers on the earlier ${earlier}`;
  return {
    rank_offset: reasoned(node.rankOffset, rankOffset),
    tp: reasoned(node.tensorParallelSize, tp),
    dp: reasoned(node.dataParallelSize, dp),
    num_servers: reasoned(node.numServers, numServersReason(node)),
    server_offset: reasoned(node.serverOffset, isPrefill ? 'a prefill instance has one API server' : servers),
  };
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

function cacheReasons(node: Server, { group: { ordinal } }: Instance, deployment: Deployment): Reasons {
  const numPrefill = deployment.prefill.length;
  const isPrefill = node.role === 'prefill';
  const rank = isPrefill
    ? `prefill instance ${ordinal} of ${numPrefill}, counted from 0`
    : `decode instance ${ordinal}, counted from 0, after ${numPrefill} prefill instance${numPrefill === 1 ? '' : 's'}`;
  return {
    kv_role: reasoned(node.kvRole, `${isPrefill ? 'prefill produces' : 'decode consumes'} the key-value cache`),
    kv_rank: reasoned(node.kvRank, rank),
    kv_parallel_size: reasoned(
      node.kvParallelSize,
      `${numPrefill} prefill + ${deployment.decode.length} decode instances`,
    ),
  };
}

function mixedReasons(node: Server, instance: Instance): Reasons {
  const group = `deployment.mixed.${instance.group.name}`;
  const settings = `services.mixed, deployment.defaults or ${group}`;
  return {
    host: reasoned(node.host, `the host of ${group}`),
    role: reasoned(node.role, `${group} stands under deployment.mixed`),
    container: reasoned(node.container, 'services.container.name_prefix, role and node name'),
    [DEVICES_KEY]: reasoned(node.dies, group),
    tp: reasoned(node.tensorParallelSize, `a mixed server is one tensor-parallel server: ${dieSum(instance)}`),
    dp: reasoned(node.dataParallelSize, 'a mixed server is one server'),
    base_api_port: reasoned(node.baseApiPort, `${group}.base_api_port; requests go there, no proxy stands before it`),
    max_model_len: reasoned(node.settings.maxModelLen, settings),
    max_num_seqs: reasoned(node.settings.maxNumSeqs, settings),
    gpu_util: reasoned(node.settings.gpuUtil, settings),
  };
}

export function proxyReasons(node: Omit<ProxyNode, 'reasons'>, deployment: Deployment): Reasons {
  const proxy = node.settings;
  return {
    host: reasoned(node.host, 'deployment.proxy.host'),
    role: reasoned(node.role, 'deployment.proxy'),
    container: reasoned(node.container, 'services.container.name_prefix, role and node name'),
    listen_port: reasoned(node.listenPort, 'deployment.proxy.listen_port'),
    prefill_servers: reasoned(node.prefillServers, 'the API server of the master of every prefill instance'),
    decode_servers: reasoned(node.decodeServers, 'every API server of every decode host, one per die'),
    prefill_lb_sdk: reasoned(proxy.prefillLbSdk, 'deployment.proxy.prefill_lb_sdk'),
    decode_lb_sdk: reasoned(proxy.decodeLbSdk, 'deployment.proxy.decode_lb_sdk'),
    core_num: reasoned(proxy.coreNum, 'deployment.proxy.core_num'),
    start_core_index: reasoned(proxy.startCoreIndex, 'deployment.proxy.start_core_index'),
    prefill_max_num_seqs: reasoned(
      limitOf(deployment.prefill),
      'equal to max_num_seqs of the prefill servers, or the proxy would queue where they would not',
    ),
    decode_max_num_seqs: reasoned(
      limitOf(deployment.decode),
      'equal to max_num_seqs of the decode servers, or the proxy would queue where they would not',
    ),
  };
}

function limitOf(groups: Deployment['prefill']): number {
  return groups[0]!.settings.maxNumSeqs;
}

function reasoned(value: Reasoned['value'], because: string): Reasoned {
  return { value, because };
}

/** `4 + 4`, or `4 dies of one host` */
function dieSum(instance: Instance): string {
  const counts = instance.group.hosts.map((host) => host.dies.length);
  return counts.length === 1 ? `${counts[0]} on its one host` : counts.join(' + ');
}

function numServersReason(node: Server): string {
  if (node.role === 'decode') return 'one API server per die of the host';
  return node.nodeRank === 0
    ? 'one API server before the whole instance'
    : "the master's API server speaks for this host";
}
