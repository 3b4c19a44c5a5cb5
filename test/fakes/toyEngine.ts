import type { Artifact } from '../../src/engines/artifact.ts';
import type { DesiredNode } from '../../src/engines/desired.ts';
import { textFile } from '../../src/engines/desiredFile.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { serverGeneration } from '../../src/engines/generation.ts';
import { digestOf } from '../../src/files/digests.ts';
import { nodePaths } from '../../src/topology/paths.ts';
import type { Node } from '../../src/topology/topology.ts';

/**
 * The least that an engine can be: one file and one server per node. A phase that works for it and for omni knows
 * neither by name.
 */
export const toyEngine: Engine = {
  name: 'toy',
  placementFormat: 'expert-map',
  capabilities: new Set(),
  tags: ['put_toy'],
  localPaths: {},
  inputs: () => ({ files: [], bytes: [], trees: [] }),
  checks: () => [],
  ports: (node) => {
    const [from, to] = portRange(node);
    return from > to ? [] : [{ node: node.name, host: node.host, from, to, purpose: 'api' }];
  },
  artifactPaths: (node, deployment) => ({
    files: [`${nodePaths(deployment.statePath, deployment.name, node.name).folder}/toy.conf`],
    markers: [],
    tree: null,
  }),
  model: () => ({ moeLayers: null, experts: null, topK: null, expertBytes: null }),
  desired: (deployment, topology) => {
    const nodes: Record<string, DesiredNode> = {};
    for (const node of topology.nodes) {
      const paths = nodePaths(deployment.statePath, deployment.name, node.name);
      const file = textFile(`${paths.folder}/toy.conf`, `serve ${portRange(node).join(' ')}\n`);
      const config: Artifact = {
        tag: 'put_toy',
        scope: 'node',
        restarts: true,
        bring: { kind: 'put', files: [file] },
      };
      const run = ['docker', 'run', '-d', '--name', node.container, deployment.image];
      const spec = digestOf(run);
      const argv = ['toy', file.path];
      const [from, to] = portRange(node);
      nodes[node.name] = {
        node: node.name,
        host: node.host,
        paths,
        container: { name: node.container, image: deployment.image, run, spec, folders: [paths.folder] },
        artifacts: [config],
        server: {
          argv,
          env: {},
          log: `${deployment.logPath}/${node.name}.log`,
          logs: [`${deployment.logPath}/${node.name}.log`],
          identity: `${deployment.name}/${node.name}`,
          generation: serverGeneration(spec, [config], argv),
          stop: ['toy', '--stop'],
          readiness: Array.from({ length: to - from + 1 }, (_, i) => ({
            host: node.host,
            port: from + i,
            path: '/ready',
            of: node.name,
          })),
          joined: null,
          readyDeadlineMs: 1_000,
          noProgressMs: 500,
        },
      };
    }
    return { nodes, unknown: [] };
  },
};

function portRange(node: Node): [number, number] {
  return node.role === 'proxy'
    ? [node.listenPort, node.listenPort]
    : [node.baseApiPort, node.baseApiPort + node.numServers - 1];
}
