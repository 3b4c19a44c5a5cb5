import type { ServerRole } from '../../../deployment/deployment.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { InstanceEntry } from '../../router.ts';

const BECAUSE: Readonly<Record<ServerRole, string>> = {
  prefill: 'every API server of every prefill instance: those that data_parallel_lb gives it',
  decode: 'every API server of every decode instance: those that data_parallel_lb gives it',
  mixed: 'the API server of every mixed instance',
};

/** Every API server of every instance; headless ranks are behind one of them. */
export function routedInstances({ instances, nodes }: Topology): readonly InstanceEntry[] {
  return instances.map(({ role, master, nodes: names }) => ({
    master,
    role,
    servers: nodes.flatMap((node) =>
      node.role === 'proxy' || !names.includes(node.name)
        ? []
        : Array.from({ length: node.numServers }, (_, i) => `${node.host}:${node.baseApiPort + i}`),
    ),
    because: BECAUSE[role],
  }));
}
