import type { NodePaths } from '../../../topology/paths.ts';
import type { Node } from '../../../topology/topology.ts';
import type { Readiness } from '../../readiness.ts';

/** Every API server answers; a worker of a prefill instance over several hosts has none. */
export function readiness(node: Node, { joined }: NodePaths): Readiness {
  const { host } = node;
  // nginx has no health page of its own: a model list comes through it from a prefill server
  if (node.role === 'proxy') return { http: [{ host, port: node.listenPort, path: '/v1/models', of: 'proxy' }] };
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
