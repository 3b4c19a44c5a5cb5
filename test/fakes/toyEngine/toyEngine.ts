import type { Deployment } from '../../../src/deployment/deployment.ts';
import type { Artifact } from '../../../src/engines/artifact.ts';
import type { DesiredNode } from '../../../src/engines/desired.ts';
import { textFile } from '../../../src/engines/desiredFile.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { serverGeneration } from '../../../src/engines/generation.ts';
import type { Readiness } from '../../../src/engines/readiness.ts';
import { digestOf } from '../../../src/files/digests.ts';
import { type NodePaths, nodePaths } from '../../../src/topology/paths.ts';
import type { ServerNode } from '../../../src/topology/topology.ts';
import { toyLayout, toyOrder } from './layout.ts';
import { toyRouter } from './router.ts';
import { toySettings } from './settings.ts';

/**
 * An engine unlike omni: one file and one server per node, stages instead of data-parallel ranks, three waves of starts, a
 * router that adds and removes instances. What works for it and for omni knows neither by name.
 */
export const toyEngine: Engine = {
  name: 'toy',
  settings: toySettings,
  tags: ['put_toy'],
  localPaths: {},
  inputs: () => ({ files: [], bytes: [], trees: [] }),
  checks: () => [],
  layout: toyLayout,
  ports: (node) => {
    const [from, to] = portRange(node);
    const words = { purpose: 'api', what: 'the server of', key: 'base_api_port' };
    return from > to ? [] : [{ node: node.name, host: node.host, from, to, ...words }];
  },
  order: toyOrder,
  router: toyRouter,
  artifactPaths: (node, deployment) => ({
    files: [`${nodePaths(deployment.statePath, deployment.name, node.name).folder}/toy.conf`],
    markers: [],
    tree: null,
  }),
  model: () => ({ moeLayers: null, experts: null, topK: null, expertBytes: null }),
  desired: (deployment, topology) => {
    const servers = topology.nodes.filter((node) => node.role !== 'proxy');
    return {
      nodes: Object.fromEntries(servers.map((node) => [node.name, desiredNode(node, deployment)])),
      unknown: [],
    };
  },
};

function desiredNode(node: ServerNode, deployment: Deployment): DesiredNode {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const log = `${deployment.logPath}/${node.name}.log`;
  const stage = `stage ${node.nodeRank + 1} of ${node.pipelineParallelSize}\n`;
  const file = textFile(`${paths.folder}/toy.conf`, `serve ${portRange(node).join(' ')}\n${stage}`);
  const config: Artifact = { tag: 'put_toy', scope: 'node', restarts: true, bring: { kind: 'put', files: [file] } };
  const run = ['docker', 'run', '-d', '--name', node.container, deployment.image];
  const spec = digestOf(run);
  const argv = ['toy', file.path];
  return {
    node: node.name,
    host: node.host,
    paths,
    container: { name: node.container, image: deployment.image, run, spec, folders: [paths.folder] },
    artifacts: [config],
    server: {
      argv,
      env: {},
      log,
      logs: [log],
      identity: `${deployment.name}/${node.name}`,
      generation: serverGeneration(spec, [config], argv),
      stop: ['toy', '--stop'],
      readiness: readiness(node, paths),
      readyDeadlineMs: 1_000,
      noProgressMs: 500,
    },
  };
}

function readiness(node: ServerNode, { joined }: NodePaths): Readiness {
  const { host, name: of } = node;
  if (node.part === 'headless') return { file: joined, what: 'stage' };
  return { http: [{ host, port: portRange(node)[0], path: '/ready', of }] };
}

/** Inclusive; none where the second is less than the first. */
function portRange(node: ServerNode): [number, number] {
  return [node.baseApiPort, node.baseApiPort + node.numServers - 1];
}
