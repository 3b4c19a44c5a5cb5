import type { AcceleratorName, Deployment } from '../../../src/deployment/deployment.ts';
import type { Artifact } from '../../../src/engines/artifact.ts';
import type { DesiredNode } from '../../../src/engines/desired.ts';
import { textFile } from '../../../src/engines/desiredFile.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { serverGeneration } from '../../../src/engines/generation.ts';
import type { Readiness } from '../../../src/engines/readiness.ts';
import type { HostFacts } from '../../../src/facts/facts.ts';
import { type NodePaths, nodePaths } from '../../../src/topology/paths.ts';
import type { ServerNode } from '../../../src/topology/topology.ts';
import { toyContainer } from './container.ts';
import { toyExperts } from './experts.ts';
import { toyLayout, toyOrder } from './layout.ts';
import { toyRouter } from './router.ts';
import { toySettings, toyWord } from './settings.ts';

/**
 * An engine unlike omni: one file and one server per node, stages instead of data-parallel ranks, three waves of starts, a
 * router that adds and removes instances. What works for it and for omni knows neither by name.
 */
export const toyEngine: Engine = {
  name: 'toy',
  accelerators: ['toy' as AcceleratorName],
  settings: toySettings,
  tags: ['put_toy'],
  experts: toyExperts(null),
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
  starter: () => ({
    services: { toy_word: 'hello' },
    comments: { 'services.toy_word': 'what toys answer' },
  }),
  model: () => ({ moeLayers: null, experts: null, topK: null, expertBytes: null }),
  desired: (deployment, topology, facts) => {
    const servers = topology.nodes.filter((node) => node.role !== 'proxy');
    return {
      nodes: Object.fromEntries(servers.map((node) => [node.name, desiredNode(node, deployment, facts[node.host])])),
      unknown: [],
    };
  },
};

function desiredNode(node: ServerNode, deployment: Deployment, host: HostFacts | undefined): DesiredNode {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const log = `${deployment.logPath}/${node.name}.log`;
  const file = textFile(`${paths.folder}/toy.conf`, confText(node, paths, deployment));
  const config: Artifact = { tag: 'put_toy', scope: 'node', restarts: true, bring: { kind: 'put', files: [file] } };
  const container = toyContainer(node, deployment, host);
  const identity = `${deployment.name}/${node.name}`;
  const argv = ['toy', file.path];
  return {
    node: node.name,
    host: node.host,
    paths,
    container,
    artifacts: [config],
    server: {
      argv,
      env: {},
      log,
      logs: [log],
      identity,
      generation: serverGeneration(container.spec, [config], argv),
      stop: ['toy', '--stop', identity],
      readiness: readiness(node, paths),
      readyDeadlineMs: deployment.ready.decodeMs,
      noProgressMs: deployment.ready.noProgressMs,
    },
  };
}

function confText(node: ServerNode, { joined }: NodePaths, deployment: Deployment): string {
  return [
    `listen ${node.host} ${portRange(node).join(' ')}`,
    `stage ${node.nodeRank + 1} of ${node.pipelineParallelSize}`,
    `word ${toyWord(deployment)}`,
    `joined ${joined}`,
    '',
  ].join('\n');
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
