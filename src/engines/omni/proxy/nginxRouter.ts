import type { Deployment } from '../../../deployment/deployment.ts';
import type { Facts } from '../../../facts/facts.ts';
import { type NodePaths, nodePaths } from '../../../topology/paths.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import type { ProxyNode, Topology } from '../../../topology/topology.ts';
import { textFile } from '../../desiredFile.ts';
import type { LocalInputs } from '../../inputs.ts';
import type { Entrance, Router, RouterArtifacts } from '../../router.ts';
import { stopArgv } from '../../stopArgv.ts';
import { configs, tables } from '../artifacts/artifacts.ts';
import { desiredCode } from '../artifacts/desiredCode.ts';
import { desiredContainer } from '../container.ts';
import { HostDialects } from '../dialect/hostDialects.ts';
import { codePaths, SCRIPT_MODE, startScriptPath, wheelsMarker } from '../hostPaths.ts';
import { instanceList } from './instanceList.ts';
import { pairProtocol } from './pairProtocol.ts';
import { type ProxyScript, proxyErrorLog } from './proxyScript.ts';

/** What differs between the scripts of OmniInfer that start an nginx. */
export interface NginxScript {
  readonly script: ProxyScript;
  readonly reasons: (deployment: Deployment) => Readonly<Record<string, Reasoned>>;
}

/** An nginx with its server lists in its configuration; null: the deployment has no proxy. */
export function nginxRouter(
  deployment: Deployment,
  topology: Topology,
  { script, reasons }: NginxScript,
): Router | null {
  const node = topology.nodes.find((candidate) => candidate.role === 'proxy');
  if (node === undefined) return null;
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const { host, listenPort: port } = node;
  return {
    node,
    entrances: () => [entrance(node)],
    list: () => instanceList(topology),
    pairs: pairProtocol,
    reasons: () => reasons(deployment),
    ports: [{ node: node.name, host, from: port, to: port, purpose: 'listen', what: 'the proxy', key: 'listen_port' }],
    artifactPaths: {
      files: [startScriptPath(node, paths)],
      // the second exists on servers' nodes only; files of facts have both of every node
      markers: [codePaths(paths).marker, wheelsMarker(paths)],
      tree: null,
    },
    container: (of) => desiredContainer(node, paths, deployment, topology, of),
    artifacts: (inputs, facts) => artifactsOf(node, paths, script, { deployment, topology, inputs, facts }),
    start: ['bash', startScriptPath(node, paths)],
    stop: stopArgv(`${deployment.name}/${node.name}`),
    logs: [`${deployment.logPath}/${node.name}/run_proxy.log`, proxyErrorLog(node, deployment)],
    // nginx has no health page of its own: a model list comes through it from a server
    readiness: { http: [{ host, port, path: '/v1/models', of: 'proxy' }] },
  };
}

function entrance({ name, host, listenPort: port }: ProxyNode): Entrance {
  const because = 'only a token that came through proxy, prefill and decode proves that the cluster serves';
  return { node: name, host, port, called: 'the proxy', because };
}

interface MadeFrom {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly inputs: LocalInputs;
  readonly facts: Facts;
}

function artifactsOf(node: ProxyNode, paths: NodePaths, script: ProxyScript, made: MadeFrom): RouterArtifacts {
  const { deployment, topology, inputs, facts } = made;
  const dialect = new HostDialects(deployment, facts, inputs).on(node.host);
  const text = script(node, instanceList(topology), deployment, dialect);
  const { code, unknown } = desiredCode(node, paths, deployment, inputs);
  // it has no rank tables: the generation counts their place
  const artifacts = [configs([textFile(startScriptPath(node, paths), text, SCRIPT_MODE)]), tables([]), code];
  return { artifacts, unknown };
}
