import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { expertControlOf } from '../cluster/recordingControl.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import type { InstanceShape } from './check.ts';

/** The instances of a deployment file, with what their patterns must fit. */
export async function instancesOf(file: string): Promise<InstanceShape[]> {
  const { deployment } = await loadDeployment(file, []);
  const experts = expertControlOf(engineOf(deployment.engine));
  return topologyOf(deployment).instances.map((instance) => ({
    name: `${instance.role} ${instance.group.name}`,
    ranks: experts.ranks(instance, instance.group.settings),
    layers: experts.placed(instance.group.settings).layers ?? deployment.model.moeLayers,
    experts: deployment.model.experts,
  }));
}
