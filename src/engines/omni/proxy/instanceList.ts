import type { ServerRole } from '../../../deployment/deployment.ts';
import type { Topology } from '../../../topology/topology.ts';
import { routedServers } from '../../routedServers.ts';
import type { InstanceEntry } from '../../router.ts';

const BECAUSE: Readonly<Record<ServerRole, string>> = {
  prefill: 'the API server of the master of every prefill instance',
  decode: 'every API server of every decode host',
  mixed: 'the API server of every mixed instance',
};

/** Every API server of every instance. */
export function instanceList(topology: Topology): readonly InstanceEntry[] {
  return routedServers(topology, BECAUSE);
}
