import routerTemplate from '../../../../templates/run_vllm_router.sh.eta';
import type { Deployment } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quote } from '../../../shell/quote.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { PortRange, ProxyNode, Topology } from '../../../topology/topology.ts';
import type { Artifact } from '../../artifact.ts';
import { textFile } from '../../desiredFile.ts';
import type { Entrance, Router } from '../../router.ts';
import { stopArgv } from '../../stopArgv.ts';
import { SCRIPT_MODE, scriptPath } from '../hostPaths.ts';
import { vllmContainer } from '../vllmContainer.ts';
import { vllmRouterSettings } from '../vllmSettings.ts';
import { CONFIG_TAG } from '../vllmTags.ts';
import { mooncakePairs } from './mooncakePairs.ts';
import { nixlPairs } from './nixlPairs.ts';
import { routedInstances } from './routedInstances.ts';
import { routerArguments, routerConnector, routerReasonsOf } from './routerArguments.ts';

/** vllm-router: with prefill and decode apart it has its list of servers as arguments, so that another list is another start. */
export function vllmRouter(deployment: Deployment, topology: Topology): Router | null {
  const node = topology.nodes.find((candidate) => candidate.role === 'proxy');
  const { proxy } = deployment;
  if (node === undefined || proxy === null) return null;
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const settings = vllmRouterSettings(proxy);
  const { host, listenPort: port } = node;
  return {
    node,
    entrances: () => [entrance(node)],
    list: () => routedInstances(topology),
    reasons: () => routerReasonsOf(deployment),
    ...pairsOfConnector(routerConnector(deployment), topology),
    ports: portsOfRouter(node, settings.prometheusPort),
    artifactPaths: { files: [scriptPath(node, paths)], markers: [], tree: null },
    container: (of) => vllmContainer(node, { ...deployment, image: settings.image ?? deployment.image }, topology, of),
    artifacts: () => ({ artifacts: [scriptArtifact(node, deployment, topology)], unknown: [] }),
    start: ['bash', scriptPath(node, paths)],
    stop: stopArgv(`${deployment.name}/${node.name}`),
    logs: [`${deployment.logPath}/${node.name}/run_proxy.log`],
    // /health answers as soon as the router does; a list of models comes from a server
    readiness: { http: [{ host, port, path: '/v1/models', of: 'proxy' }] },
  };
}

function pairsOfConnector(connector: string | null, topology: Topology): Pick<Router, 'pairs'> {
  if (connector === 'nixl') return { pairs: nixlPairs };
  return connector === 'mooncake' ? { pairs: mooncakePairs(topology) } : {};
}

function entrance({ name, host, listenPort: port }: ProxyNode): Entrance {
  const because = 'only a token that came through router, prefill and decode proves that the cluster serves';
  return { node: name, host, port, called: 'the proxy', because };
}

function portsOfRouter({ name: node, host, listenPort }: ProxyNode, prometheusPort: number): readonly PortRange[] {
  return [
    { node, host, from: listenPort, to: listenPort, purpose: 'listen', what: 'the proxy', key: 'listen_port' },
    {
      node,
      host,
      from: prometheusPort,
      to: prometheusPort,
      purpose: 'metrics',
      what: 'the metrics of the proxy',
      key: 'prometheus_port',
    },
  ];
}

function scriptArtifact(node: ProxyNode, deployment: Deployment, topology: Topology): Artifact {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const text = fillTemplate(routerTemplate, {
    title: `${node.name}: the router of ${deployment.name}`,
    args: routerArguments(node, deployment, topology).map((words) => quote(words)),
  });
  const files = [textFile(scriptPath(node, paths), text, SCRIPT_MODE)];
  return { tag: CONFIG_TAG, scope: 'node', restarts: true, bring: { kind: 'put', files } };
}
