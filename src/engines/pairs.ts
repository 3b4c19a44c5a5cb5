import type { InstanceEntry, PairProtocol } from './router.ts';
import type { NodeName, Topology } from '../topology/topology.ts';
import type { ClusterView } from '../operations/cluster/clusterView.ts';

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
}

/** All are asked up to so many; of more, each instance once or as often as the other role has instances. */
const MAX_PAIRS = 16;

/** The pairs that show which instance is at fault; empty: the router can't be left out. */
export function pairsOf({ engine, deployment, topology }: ClusterView): readonly Pair[] {
  const router = engine.router?.(deployment, topology) ?? null;
  const protocol = router?.pairs;
  if (router === null || protocol === undefined) return [];
  const servers = (role: string) =>
    router.list().flatMap((entry) => (entry.role === role ? serverOf(entry, topology) : []));
  const [prefill, decode] = [servers('prefill'), servers('decode')];
  const isFew = prefill.length * decode.length <= MAX_PAIRS;
  const pairs = isFew
    ? prefill.flatMap((from) => decode.map((to) => [from, to] as const))
    : Array.from(
        { length: Math.max(prefill.length, decode.length) },
        (_, i) => [prefill[i % prefill.length]!, decode[i % decode.length]!] as const,
      );
  return pairs.map(([from, to]) => ({ protocol, prefill: from, decode: to }));
}

function serverOf({ master, servers: [first = ''] }: InstanceEntry, { nodes }: Topology): readonly PairServer[] {
  const host = nodes.find(({ name }) => name === master)?.host;
  const port = Number(first.slice(first.lastIndexOf(':') + 1));
  return host === undefined || !(port > 0) ? [] : [{ node: master, host, port }];
}
