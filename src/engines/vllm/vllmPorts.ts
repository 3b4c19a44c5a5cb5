import type { PortRange, ServerNode, Topology } from '../../topology/topology.ts';
import { kvPortRange } from './kv/kvPorts.ts';
import { serverPlace } from './layout/serverPlace.ts';

const API = { purpose: 'api', what: 'the API servers of', key: 'base_api_port' } as const;
const MASTER = { purpose: 'master', what: 'the master port of', key: 'master_port' } as const;

/** Ports that a server's node binds, without those that the system chooses. */
export function vllmPorts(node: ServerNode, topology: Topology): readonly PortRange[] {
  const at = { node: node.name, host: node.host };
  const { baseApiPort, masterPort, numServers } = node;
  const to = baseApiPort + numServers - 1;
  return [
    ...(numServers > 0 ? [{ ...at, from: baseApiPort, to, ...API }] : []),
    ...(meets(node, topology) ? [{ ...at, from: masterPort, to: masterPort, ...MASTER }] : []),
    ...kvPortRange(node, topology),
  ];
}

/** Ranks of other hosts, or of other servers, come to this one. */
function meets(node: ServerNode, topology: Topology): boolean {
  const { numHosts, mode } = serverPlace(node, topology);
  return node.nodeRank === 0 && (numHosts > 1 || mode === 'external');
}
