import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import type { Readiness } from '../../readiness.ts';

/** Every API server answers; a worker of a prefill instance over several hosts has none. */
export function readiness(node: ServerNode, { joined }: NodePaths): Readiness {
  const { host } = node;
  if (node.part === 'worker') return joinedReadiness(joined);
  const http = Array.from({ length: node.numServers }, (_, i) => ({
    host,
    port: node.baseApiPort + i,
    path: '/health',
    of: node.role === 'decode' ? `rank ${node.serverOffset + i}` : `${node.role} server`,
  }));
  return { http };
}

/** run_ray_worker.sh leaves this file once ray's head has accepted it. */
export function joinedReadiness(file: string): Readiness {
  return { file, what: 'ray worker' };
}
