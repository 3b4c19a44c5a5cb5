import type { Deployment } from '../../../deployment/deployment.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import type { ProxyNode, ServerNode, Topology } from '../../../topology/topology.ts';
import { ROUTER_CONNECTORS } from '../kv/connectors.ts';
import { kvPorts } from '../kv/kvPorts.ts';
import { instanceSettings } from '../layout/instanceSettings.ts';
import { vllmRoleSettings, vllmRouterSettings } from '../vllmSettings.ts';

const EVERYWHERE = '0.0.0.0';

/** Arguments of vllm-router, a flag with its values each. */
export function routerArguments(
  node: ProxyNode,
  deployment: Deployment,
  topology: Topology,
): readonly (readonly string[])[] {
  const settings = vllmRouterSettings(deployment.proxy!);
  const { prefillPolicy, decodePolicy, intraNodeDataParallelSize: ranks, routerArgs } = settings;
  const connector = routerConnector(deployment);
  return [
    ['--vllm-pd-disaggregation'],
    ...(connector === null ? [] : [['--kv-connector', connector]]),
    ['--host', EVERYWHERE],
    ['--port', String(node.listenPort)],
    ['--prometheus-host', EVERYWHERE],
    ['--prometheus-port', String(settings.prometheusPort)],
    ['--policy', settings.policy],
    ...(prefillPolicy === null ? [] : [['--prefill-policy', prefillPolicy]]),
    ...(decodePolicy === null ? [] : [['--decode-policy', decodePolicy]]),
    ...(ranks === 1 ? [] : [['--intra-node-data-parallel-size', String(ranks)]]),
    ...serversOf(topology).map(([role, url, bootstrap]) => [
      role === 'prefill' ? '--prefill' : '--decode',
      url,
      ...(bootstrap === null ? [] : [String(bootstrap)]),
    ]),
    ...(routerArgs.length === 0 ? [] : [routerArgs]),
  ];
}

/** Why they are what they are, after its lists of servers. */
export function routerReasonsOf(deployment: Deployment): Readonly<Record<string, Reasoned>> {
  const settings = vllmRouterSettings(deployment.proxy!);
  const { policy, prefillPolicy, decodePolicy, prometheusPort, intraNodeDataParallelSize: ranks } = settings;
  return {
    kind: reasoned('vllm-router', 'deployment.proxy.kind'),
    image: reasoned(
      settings.image ?? deployment.image,
      settings.image === null
        ? 'services.docker_image, as deployment.proxy.image is not set'
        : 'deployment.proxy.image',
    ),
    kv_connector: reasoned(
      routerConnector(deployment) ?? 'none',
      "the connector of the servers, in the router's words",
    ),
    policy: reasoned(policy, 'deployment.proxy.policy'),
    prefill_policy: reasoned(
      prefillPolicy ?? policy,
      `deployment.proxy.${prefillPolicy === null ? '' : 'prefill_'}policy`,
    ),
    decode_policy: reasoned(decodePolicy ?? policy, `deployment.proxy.${decodePolicy === null ? '' : 'decode_'}policy`),
    prometheus_port: reasoned(prometheusPort, 'deployment.proxy.prometheus_port'),
    intra_node_data_parallel_size: reasoned(ranks, 'deployment.proxy.intra_node_data_parallel_size'),
  };
}

/** Mooncake: the router asks the bootstrap of each prefill server which ranks it has. */
function serversOf(topology: Topology): readonly (readonly ['prefill' | 'decode', string, number | null])[] {
  const servers = topology.nodes.filter((node): node is ServerNode => node.role !== 'proxy');
  return servers.flatMap((node) =>
    Array.from({ length: node.numServers }, (_, i) => {
      const role = node.role === 'prefill' ? 'prefill' : 'decode';
      const asked = role === 'prefill' && vllmRoleSettings(node.settings).kvConnector === 'MooncakeConnector';
      const bootstrap = asked ? kvPorts(node, topology)!.base + i : null;
      return [role, `http://${node.host}:${node.baseApiPort + i}`, bootstrap] as const;
    }),
  );
}

/** The connector of the servers as the router calls it; null: it has none of that name. */
export function routerConnector({ prefill }: Deployment): string | null {
  return ROUTER_CONNECTORS[vllmRoleSettings(instanceSettings(prefill[0]!)).kvConnector] ?? null;
}

function reasoned(value: Reasoned['value'], because: string): Reasoned {
  return { value, because };
}
