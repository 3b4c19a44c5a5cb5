import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { PairProtocol } from '../../router.ts';
import { kvPorts } from '../kv/kvPorts.ts';

/** As vllm-router does it for Mooncake: the bootstrap of a prefill server names its engines, and both servers get one name of the transfer. */
export function mooncakePairs(topology: Topology): PairProtocol {
  const servers = topology.nodes.filter((node): node is ServerNode => node.role === 'prefill');
  const ports = servers.flatMap((node) => {
    const base = kvPorts(node, topology)?.base;
    if (base === undefined) return [];
    return Array.from(
      { length: node.numServers },
      (_, i) => [`${node.host}:${node.baseApiPort + i}`, base + i] as const,
    );
  });
  // prefill keeps the cache only of a request that ends by its length
  return { prefill: { stream: false, max_tokens: 1, ignore_eos: true }, bootstrapPorts: Object.fromEntries(ports) };
}
