import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import { routedInstances } from '../router/routedInstances.ts';
import { vllmRouterSettings } from '../vllmSettings.ts';

/** What vllm-router would refuse. */
export function* checkRouter(deployment: Deployment, topology: Topology, position: Positions): Generator<Fault> {
  const { proxy, file } = deployment;
  if (proxy === null) return;
  const { policy, prefillPolicy, decodePolicy } = vllmRouterSettings(proxy);
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
