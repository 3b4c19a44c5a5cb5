import type { Deployment } from '../deployment/deployment.ts';
import { buildTopology } from '../topology/build.ts';
import type { Topology } from '../topology/topology.ts';
import { engineOf } from './index.ts';

/** Who serves what where, laid out as the deployment's engine does. */
export function topologyOf(deployment: Deployment): Topology {
  const engine = engineOf(deployment.engine);
  return buildTopology(deployment, (group) => engine.layout(group, deployment));
}
