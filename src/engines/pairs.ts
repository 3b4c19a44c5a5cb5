import type { NodeName, Topology } from '../topology/topology.ts';
import type { Served } from './entrances.ts';
import type { InstanceEntry, PairProtocol } from './router.ts';

/** One prefill and one decode server to ask without the router. */
export interface Pair {
  readonly protocol: PairProtocol;
  readonly prefill: PairServer;
  readonly decode: PairServer;
}

export interface PairServer {
  readonly node: NodeName;
  /** Of its host, as it is logged in to. */
  readonly host: string;
  readonly port: number;
  /** Of a prefill server whose engines are asked for first. */
  readonly bootstrapPort?: number;
}

/** All are asked up to so many; of more, each instance once or as often as the other role has instances. */
const MAX_PAIRS = 16;

/** The pairs that show which instance is at fault; empty: the router can't be left out. */
export function pairsOf({ engine, deployment, topology }: Served): readonly Pair[] {
  const router = engine.router?.(deployment, topology) ?? null;
  const protocol = router?.pairs;
  if (router === null || protocol === undefined) return [];
  const servers = (role: string) =>
    router.list().flatMap((entry) => (entry.role === role ? (routedBy(entry, topology)[0] ?? []) : []));
  const [prefill, decode] = [servers('prefill'), servers('decode')];
  const isFew = prefill.length * decode.length <= MAX_PAIRS;
  const pairs = isFew
    ? prefill.flatMap((from) => decode.map((to) => [from, to] as const))
    : Array.from(
        { length: Math.max(prefill.length, decode.length) },
        (_, i) => [prefill[i % prefill.length]!, decode[i % decode.length]!] as const,
      );
  const { prefill: body, bootstrapPorts = {} } = protocol;
  return pairs.map(([from, to]) => {
    const bootstrapPort = bootstrapPorts[`${from.host}:${from.port}`];
    const asked = bootstrapPort === undefined ? from : { ...from, bootstrapPort };
    return { protocol: { prefill: body }, prefill: asked, decode: to };
  });
}

/** All servers of an instance that the router sends requests to; the first is the one of a pair. */
export function routedBy({ master, servers }: InstanceEntry, { nodes }: Topology): readonly PairServer[] {
  const first = nodes.find(({ name }) => name === master);
  return servers.flatMap((server, i) => {
    const [ip, port] = [server.slice(0, server.lastIndexOf(':')), Number(server.slice(server.lastIndexOf(':') + 1))];
    const node = i === 0 ? first : (nodes.find(({ role, host }) => role !== 'proxy' && host === ip) ?? first);
    return node === undefined || !(port > 0) ? [] : [{ node: node.name, host: node.host, port }];
  });
}
