import vllmTemplate from '../../../../templates/run_vllm.sh.eta';
import type { Deployment } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quote, quoteWord } from '../../../shell/quote.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { lmcachePath } from '../hostPaths.ts';
import { serverLog } from './logs.ts';
import { serveArguments } from './serveArguments.ts';
import { ofOneServer, serveEnv } from './serveEnv.ts';

interface ScriptInput {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly paths: NodePaths;
  readonly interfaceName: string;
}

/** run_prefill.sh, run_decode.sh or run_mixed.sh: `vllm serve` with all its arguments, once for each server of the node. */
export function serveScript(node: ServerNode, { deployment, topology, paths, interfaceName }: ScriptInput): string {
  const { group, nodes } = topology.instances[node.instance]!;
  const env = serveEnv(node, { deployment, topology, interfaceName, lmcacheFile: lmcachePath(paths) });
  const first = topology.nodes.find(({ name }) => name === nodes[0]) as ServerNode;
  return fillTemplate(vllmTemplate, {
    title: `${node.name}: host ${node.nodeRank + 1} of ${nodes.length} of ${node.role} ${group.name} of ${deployment.name}`,
    env: words(env),
    head: node.part === 'headless' ? quoteWord(`http://${first.host}:${first.baseApiPort}/health`) : null,
    joined: quoteWord(paths.joined),
    servers: Array.from({ length: Math.max(1, node.numServers) }, (_, server) => ({
      env: words(ofOneServer(node, server, deployment, topology, env)),
      args: serveArguments(node, server, deployment, topology).map((argument) => quote(argument)),
      log: quoteWord(serverLog(node, server, deployment)),
    })),
  });
}

function words(env: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(env).map(([name, value]) => [name, quoteWord(value)]);
}
