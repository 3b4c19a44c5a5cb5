import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { serverPlace } from '../layout/serverPlace.ts';
import { routedInstances } from '../router/routedInstances.ts';
import { vllmRouterSettings } from '../vllmSettings.ts';
import { routerArgumentProblems } from './checkRouterArguments.ts';

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
  for (const { index, ...words } of routerArgumentProblems(proxy)) {
    const path = `deployment.proxy.router_args.${index}`;
    yield { code: 'engine_argument', ...words, file, path, ...position(path) };
  }
  yield* rankFaults(deployment, topology, position);
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

/** The router names a rank in each request: one that a server does not have fails, one that is never named idles. */
function* rankFaults({ proxy, file }: Deployment, topology: Topology, position: Positions): Generator<Fault> {
  const asked = vllmRouterSettings(proxy!).intraNodeDataParallelSize;
  if (asked === 1) return;
  const servers = topology.nodes.filter((node): node is ServerNode => node.role !== 'proxy' && node.numServers > 0);
  const odd = servers.find((node) => ranksBehind(node, topology) !== asked);
  if (odd === undefined) return;
  const ranks = ranksBehind(odd, topology);
  const path = 'deployment.proxy.intra_node_data_parallel_size';
  yield {
    code: 'engine_value',
    severity: ranks < asked ? 'error' : 'warning',
    message: `intra_node_data_parallel_size is ${asked}, and a server of ${odd.name} has ${ranks} ${ranks === 1 ? 'rank' : 'ranks'}.`,
    hint: 'Remove it: each server shares its requests out then. Or give every server that many ranks.',
    file,
    path,
    ...position(path),
  };
}

function ranksBehind(node: ServerNode, topology: Topology): number {
  const { mode, localRanks } = serverPlace(node, topology);
  if (mode === 'external') return 1;
  return mode === 'hybrid' ? localRanks : node.dataParallelSize;
}
