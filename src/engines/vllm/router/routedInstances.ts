import type { ServerRole } from '../../../deployment/deployment.ts';
import type { Topology } from '../../../topology/topology.ts';
import { routedServers } from '../../routedServers.ts';
import type { InstanceEntry } from '../../router.ts';

const BECAUSE: Readonly<Record<ServerRole, string>> = {
  prefill: 'every API server of every prefill instance: those that data_parallel_lb gives it',
  decode: 'every API server of every decode instance: those that data_parallel_lb gives it',
  mixed: 'the API server of every mixed instance',
};

/** Every API server of every instance; headless ranks are behind one of them. */
export function routedInstances(topology: Topology): readonly InstanceEntry[] {
  return routedServers(topology, BECAUSE);
}
