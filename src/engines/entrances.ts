import type { NodeName, Topology } from '../topology/topology.ts';

/** Where users send their requests. */
export interface Entrance {
  readonly node: NodeName;
  readonly host: string;
  readonly port: number;
  /** For messages: `the proxy`. */
  readonly called: string;
}

/** The proxy, or every mixed server. */
export function entrances({ nodes }: Topology): readonly Entrance[] {
  return nodes.flatMap(({ name: node, host, ...rest }): Entrance[] => {
    if (rest.role === 'proxy') return [{ node, host, port: rest.listenPort, called: 'the proxy' }];
    return rest.role === 'mixed' ? [{ node, host, port: rest.baseApiPort, called: `the server ${node}` }] : [];
  });
}
