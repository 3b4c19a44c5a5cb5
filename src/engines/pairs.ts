import type { NodeName, Topology } from '../topology/topology.ts';
import type { Served } from './entrances.ts';
import type { InstanceEntry, PairProtocol, Router } from './router.ts';

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

/** All are asked up to so many; of more, each server once or as often as the other role has servers. */
const MAX_PAIRS = 16;
/** Of more servers than that not all are asked: each gets a prompt. */
const MAX_SERVERS = 64;

/** The pairs that show which instance is at fault; empty: the router can't be left out. */
export function pairsOf(served: Served): readonly Pair[] {
  const { protocol, prefill, decode } = routed(served, (servers) => servers.slice(0, 1));
  return paired(protocol, prefill, decode);
}

/** The pairs that show whether each server is part of a transfer, and how many there are in all. */
export function transferPairs(served: Served): { pairs: readonly Pair[]; total: number } {
  const { protocol, prefill, decode } = routed(served, (servers) => servers);
  const pairs = paired(protocol, prefill, decode);
  return { pairs, total: pairs.length === 0 ? 0 : prefill.length * decode.length };
}

function routed(
  { engine, deployment, topology }: Served,
  chosen: (ofInstance: readonly PairServer[]) => readonly PairServer[],
) {
  const router = engine.router?.(deployment, topology) ?? null;
  const servers = (role: string) =>
    (router?.list() ?? []).filter((entry) => entry.role === role).flatMap((entry) => chosen(routedBy(entry, topology)));
  return { protocol: router?.pairs, prefill: servers('prefill'), decode: servers('decode') };
}

function paired(
  protocol: Router['pairs'],
  prefill: readonly PairServer[],
  decode: readonly PairServer[],
): readonly Pair[] {
  if (protocol === undefined) return [];
  const isFew = prefill.length * decode.length <= MAX_PAIRS;
  const most = Math.min(MAX_SERVERS, Math.max(prefill.length, decode.length));
  // of more servers than that, those that are evenly spread
  const at = (of: readonly PairServer[], i: number) =>
    of[of.length > most ? Math.floor((i * of.length) / most) : i % of.length]!;
  const pairs = isFew
    ? prefill.flatMap((from) => decode.map((to) => [from, to] as const))
    : Array.from({ length: most }, (_, i) => [at(prefill, i), at(decode, i)] as const);
  const { prefill: body, bootstrapPorts = {} } = protocol;
  return pairs.map(([from, to]) => {
    const bootstrapPort = bootstrapPorts[`${from.host}:${from.port}`];
    const asked = bootstrapPort === undefined ? from : { ...from, bootstrapPort };
    return { protocol: { prefill: body }, prefill: asked, decode: to };
  });
}

/** All servers of an instance that the router sends requests to; the first is the one of a pair. */
export function routedBy({ master, servers }: InstanceEntry, { nodes, instances }: Topology): readonly PairServer[] {
  const first = nodes.find(({ name }) => name === master);
  // another instance may have nodes on the same hosts
  const names = instances.find((instance) => instance.master === master)?.nodes ?? [];
  const own = nodes.filter(({ name }) => names.includes(name));
  return servers.flatMap((server, i) => {
    const [ip, port] = [server.slice(0, server.lastIndexOf(':')), Number(server.slice(server.lastIndexOf(':') + 1))];
    const node = i === 0 ? first : (own.find(({ host }) => host === ip) ?? first);
    return node === undefined || !(port > 0) ? [] : [{ node: node.name, host: node.host, port }];
  });
}
