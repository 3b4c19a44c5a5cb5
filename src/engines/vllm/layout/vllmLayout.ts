import type { Group } from '../../../deployment/deployment.ts';
import type { HostLayout, InstanceLayout, Part } from '../../../topology/layout.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { kvRole } from '../kv/connectors.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { instanceSettings } from './instanceSettings.ts';
import { type LoadBalancer, loadBalancer } from './loadBalancer.ts';
import { type ParallelSizes, parallelSizes } from './parallelSizes.ts';

/** Ranks over the hosts in their order; which of them have an API server is a matter of load balancing. */
export function vllmLayout(group: Group): InstanceLayout {
  const sizes = parallelSizes(group);
  const balancer = loadBalancer(group, sizes);
  const { enableExpertParallel } = vllmRoleSettings(instanceSettings(group));
  return {
    tensorParallel: sizes.tensor,
    dataParallel: sizes.data,
    pipelineParallel: sizes.pipeline,
    expertParallel: enableExpertParallel ? sizes.tensor.value * sizes.data.value : 1,
    // no rank of a transfer, as connectors find each other by request
    kv: null,
    hosts: group.hosts.map((_, i) => hostLayout(group, i, sizes, balancer)),
  };
}

function hostLayout(group: Group, i: number, sizes: ParallelSizes, balancer: LoadBalancer): HostLayout {
  const earlier = group.hosts.slice(0, i);
  const dies = earlier.reduce((sum, host) => sum + host.dies.length, 0);
  const servers = earlier.reduce((sum, _, j) => sum + balancer.serversOf[j]!, 0);
  const isFirst = i === 0;
  return {
    part: partOf(isFirst, balancer.serversOf[i]!),
    rankOffset: reasoned(dies, isFirst ? "the first host's devices come first" : 'devices of the earlier hosts'),
    numServers: reasoned(balancer.serversOf[i]!, balancer.mode.because),
    serverOffset: reasoned(servers, 'API servers of the earlier hosts'),
    reasons: { ...rankReasons(i, sizes), data_parallel_lb: balancer.mode, ...kvReasons(group, i) },
  };
}

function partOf(isFirst: boolean, servers: number): Part {
  if (isFirst) return 'master';
  return servers > 0 ? 'peer' : 'headless';
}

function rankReasons(i: number, { ranksOf, spansHosts }: ParallelSizes): Readonly<Record<string, Reasoned>> {
  if (spansHosts) {
    return {
      nnodes: reasoned(ranksOf.length, 'one rank reaches over all hosts of the instance'),
    };
  }
  const start = ranksOf.slice(0, i).reduce((sum, ranks) => sum + ranks, 0);
  return {
    data_parallel_size_local: reasoned(ranksOf[i]!, "the host's devices / those of each rank"),
    data_parallel_start_rank: reasoned(start, i === 0 ? 'its ranks come first' : 'ranks of the earlier hosts'),
  };
}

function kvReasons({ role, hosts }: Group, i: number): Readonly<Record<string, Reasoned>> {
  if (role === 'mixed') return {};
  const { kvConnector } = vllmRoleSettings(hosts[i]!.settings);
  return {
    kv_connector: { value: kvConnector, because: 'kv_connector of the role or group, else NixlConnector' },
    kv_role: {
      value: kvRole(role),
      because: `${role === 'prefill' ? 'prefill produces' : 'decode consumes'} the key-value cache`,
    },
  };
}

function reasoned(value: number, because: string): Reasoned<number> {
  return { value, because };
}
