import type { Deployment } from '../../../src/deployment/deployment.ts';
import type { Artifact } from '../../../src/engines/artifact.ts';
import { textFile } from '../../../src/engines/desiredFile.ts';
import type { InstanceEntry, Router } from '../../../src/engines/router.ts';
import { nodePaths } from '../../../src/topology/paths.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { toyContainer } from './container.ts';

/** Has one address per role, and is asked to add and remove instances while it serves. */
export function toyRouter(deployment: Deployment, topology: Topology): Router | null {
  const node = topology.nodes.find((candidate) => candidate.role === 'proxy');
  if (node === undefined) return null;
  const { name, host, listenPort: port } = node;
  const { folder } = nodePaths(deployment.statePath, deployment.name, name);
  // instances are not in it: others are added and removed while it serves
  const file = textFile(`${folder}/toy.conf`, `listen ${host} ${port} ${port}\n`);
  const config: Artifact = { tag: 'put_toy', scope: 'node', restarts: true, bring: { kind: 'put', files: [file] } };
  return {
    node,
    entrances: () => [{ node: name, host, port, called: 'the toy router', because: 'a toy has to be played with' }],
    list: () => topology.instances.map(({ role, master }) => entryOf(role, master, topology)),
    reasons: () => ({ balance: { value: 'round_robin', because: 'a toy has one way' } }),
    add: ({ servers }) => ['toy-router', 'add', ...servers],
    remove: ({ servers }) => ['toy-router', 'remove', ...servers],
    ports: [{ node: name, host, from: port, to: port, purpose: 'listen', what: 'the proxy', key: 'listen_port' }],
    artifactPaths: { files: [`${folder}/toy.conf`], markers: [], tree: null },
    container: (of) => toyContainer(node, deployment, of),
    artifacts: () => ({ artifacts: [config], unknown: [] }),
    start: ['toy-router', file.path],
    stop: ['toy', '--stop', `${deployment.name}/${name}`],
    logs: [`${deployment.logPath}/${name}.log`],
    readiness: { http: [{ host, port, path: '/ready', of: name }] },
  };
}

function entryOf(role: InstanceEntry['role'], master: InstanceEntry['master'], { nodes }: Topology): InstanceEntry {
  const servers = nodes.flatMap((node) =>
    node.role !== 'proxy' && node.name === master ? [`${node.host}:${node.baseApiPort}`] : [],
  );
  return { role, master, servers, because: `the first stage of each ${role} instance` };
}
