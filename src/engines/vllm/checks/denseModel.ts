import type { Deployment } from '../../../deployment/deployment.ts';
import type { Facts } from '../../../facts/facts.ts';
import { parseLoosely } from '../../../files/parseJson.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Refusal } from '../../engine.ts';
import { ModelConfigShape } from '../../modelConfig.gen.ts';
import { instanceSettings } from '../layout/instanceSettings.ts';
import { parallelSizes } from '../layout/parallelSizes.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';

/** Instances with a server per rank whose model, as the host's config.json shows, has no experts: vLLM ends at its start. */
export function denseModelRefusals(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[] {
  const external = topology.instances.filter(
    ({ group }) =>
      vllmRoleSettings(instanceSettings(group)).loadBalancing === 'external' && parallelSizes(group).data.value > 1,
  );
  const file = `${deployment.modelPath}/config.json`;
  return external.flatMap(({ role, group }) => {
    const dense = group.hosts.find(({ address }) => {
      const host = facts[address];
      return host?.reachable === true && isDense(deployment, host.texts[file] ?? null);
    });
    if (dense === undefined) return [];
    const message = `${role} ${group.name} has data_parallel_lb: external, which vLLM refuses for a model without experts (${file})`;
    return [{ host: dense.address, message, hint: 'remove data_parallel_lb, or write a group for each rank' }];
  });
}

/** Models name the number of their experts by different keys: none of them may be there. */
function isDense({ model }: Deployment, config: string | null): boolean {
  if (config === null || model.experts !== null || model.moeLayers !== null) return false;
  const layers = parseLoosely(config, ModelConfigShape)?.num_hidden_layers;
  return layers !== undefined && !/expert|moe/i.test(config);
}
