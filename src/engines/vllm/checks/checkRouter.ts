import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import { routedInstances } from '../router/routedInstances.ts';
import { vllmRouterSettings } from '../vllmSettings.ts';

/** Published by vLLM's project. */
const SERVER_IMAGE = 'vllm/vllm-openai';

/** What vllm-router would refuse. */
export function* checkRouter(deployment: Deployment, topology: Topology, position: Positions): Generator<Fault> {
  const { proxy, file } = deployment;
  if (proxy === null) return;
  const { policy, prefillPolicy, decodePolicy, image } = vllmRouterSettings(proxy);
  if ((image ?? deployment.image).startsWith(SERVER_IMAGE)) {
    const path = image === null ? 'deployment.proxy' : 'deployment.proxy.image';
    yield {
      code: 'engine_value',
      severity: 'warning',
      message: `The proxy's image is ${image ?? deployment.image}, and images of ${SERVER_IMAGE} do not contain vllm-router.`,
      hint: 'Set deployment.proxy.image to one that does, such as one of your own with `pip install vllm-router`.',
      file,
      path,
      ...position(path),
    };
  }
  const policies = [
    ['prefill', prefillPolicy ?? policy, prefillPolicy === null ? 'policy' : 'prefill_policy'],
    ['decode', decodePolicy ?? policy, decodePolicy === null ? 'policy' : 'decode_policy'],
  ] as const;
  for (const [role, chosen, key] of policies) {
    const servers = routedInstances(topology).flatMap((entry) => (entry.role === role ? entry.servers : []));
    if (chosen !== 'power_of_two' || servers.length > 1) continue;
    const path = `deployment.proxy.${key}`;
    yield {
      code: 'engine_value',
      severity: 'error',
      message: `${key}: power_of_two chooses between two ${role} servers, and there is one.`,
      hint: 'Choose round_robin or cache_aware.',
      file,
      path,
      ...position(path),
    };
  }
}
