import { placementRanks } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import type { InstanceShape } from './check.ts';

/** The instances of a deployment file, with what their patterns must fit. */
export async function instancesOf(file: string): Promise<InstanceShape[]> {
  const { deployment } = await loadDeployment(file, []);
  return topologyOf(deployment).instances.map((instance) => ({
    name: `${instance.role} ${instance.group.name}`,
    ranks: placementRanks(instance, instance.group.settings),
    layers: instance.group.settings.placement.maxMoeLayerNum ?? deployment.model.moeLayers,
    experts: deployment.model.experts,
  }));
}
