import type { Deployment } from '../deployment/deployment.ts';
import type { Topology } from '../topology/topology.ts';
import type { Engine } from './engine.ts';
import { entrances } from './entrances.ts';
import type { TransferCounters } from './metricNames.ts';
import { type Pair, type PairServer, routedBy, transferPairs } from './pairs.ts';
import type { Entrance } from './router.ts';

/** What to ask to see that KV caches go from prefill to decode; data, so that a plan can contain it. */
export interface TransferRequest {
  readonly model: string;
  readonly counters: TransferCounters;
  /** Path of the metrics of each server. */
  readonly metrics: string;
  readonly entrances: readonly Pick<Entrance, 'host' | 'port' | 'called'>[];
  /** Empty: the router can't be left out. */
  readonly pairs: readonly Pair[];
  /** How many pairs there are; absent: all are asked. */
  readonly pairTotal?: number;
  /** Every server that a request of a client may end at. */
  readonly decode: readonly PairServer[];
}

interface Provable {
  readonly engine: Pick<Engine, 'router' | 'metrics' | 'transferProof' | 'name'>;
  readonly deployment: Deployment;
  readonly topology: Topology;
}

/** Null: nothing is transferred, as no prefill is apart from decode. */
export function transferRequest(cluster: Provable): TransferRequest | { readonly unprovable: string } | null {
  const { engine, deployment, topology } = cluster;
  const roles = new Set(topology.instances.map(({ role }) => role));
  if (!roles.has('prefill') || !roles.has('decode')) return null;
  const { transferProof = { unprovable: `${engine.name} has no known counter of it` }, metrics } = engine;
  if ('unprovable' in transferProof) return transferProof;
  const router = engine.router?.(deployment, topology) ?? null;
  if (router === null || metrics === undefined)
    return { unprovable: 'no router leads a request from prefill to decode' };
  const { pairs, total } = transferPairs(cluster);
  const decode = router.list().filter(({ role }) => role === 'decode');
  return {
    model: deployment.servedModelName,
    counters: transferProof,
    metrics: metrics.path,
    entrances: entrances(cluster).map(({ host, port, called }) => ({ host, port, called })),
    pairs,
    ...(total > pairs.length && { pairTotal: total }),
    decode: decode.flatMap((entry) => routedBy(entry, topology)),
  };
}
