import type { Deployment } from '../deployment/deployment.ts';
import type { ServerNode, Topology } from '../topology/topology.ts';
import type { Engine } from './engine.ts';

interface Cluster {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly engine: Pick<Engine, 'modelPath'>;
}

/** Folders of the weights that the servers of a host load. */
export function modelPathsOn(host: string, { deployment, topology, engine }: Cluster): readonly string[] {
  const servers = topology.nodes.filter((node): node is ServerNode => node.role !== 'proxy' && node.host === host);
  return [...new Set(servers.map((node) => engine.modelPath?.(node, deployment) ?? deployment.modelPath))];
}

/** Names every tensor of the model and the file it is in: two models with one index have the same layout. */
export function modelIndex(modelPath: string): string {
  return `${modelPath}/model.safetensors.index.json`;
}
