import type { Deployment } from '../deployment/deployment.ts';
import type { Topology } from '../topology/topology.ts';
import type { Engine } from './engine.ts';
import type { Entrance } from './router.ts';

/** What a router is made from. */
export interface Served {
  readonly engine: Pick<Engine, 'router'>;
  readonly deployment: Deployment;
  readonly topology: Topology;
}

/** Where clients send their requests: the router, or without one every server that has an API. */
export function entrances({ engine, deployment, topology }: Served): readonly Entrance[] {
  const router = engine.router?.(deployment, topology) ?? null;
  return router === null ? topology.nodes.flatMap(serverEntrance) : router.entrances();
}

function serverEntrance(node: Topology['nodes'][number]): Entrance[] {
  if (node.role === 'proxy' || node.numServers === 0) return [];
  const { name, host, baseApiPort: port } = node;
  return [
    { node: name, host, port, called: `the server ${name}`, because: 'only a token proves that the server serves' },
  ];
}
