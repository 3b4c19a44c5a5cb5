import { httpProbes } from '../../engines/readiness.ts';
import type { Histogram, ServerMetrics } from '../../facts/servers/parseMetrics.ts';
import { isOtherStart } from '../../facts/servers/processStart.ts';
import type { KeptLook } from '../../state/keptLook.ts';
import type { Node, NodeName } from '../../topology/topology.ts';
import type { ClusterView } from '../cluster/clusterView.ts';

/** What the servers of an instance know of their load. Null: they don't export it, or nothing was measured. */
export interface InstanceLoad {
  /** The instance's first node. */
  readonly node: NodeName;
  readonly role: Node['role'];
  /** Requests, now. */
  readonly running: number | null;
  readonly waiting: number | null;
  /** Share of the KV cache that is used now, 0 to 1; the mean of its servers. */
  readonly kvUse: number | null;
  /** Means of the requests since the look before. */
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
}

export interface Loads {
  /** How old the look is that TTFT and TPOT are counted from; null: there is none, and they count from each server's start. */
  readonly overS: number | null;
  /** Those of which something is known. */
  readonly instances: readonly InstanceLoad[];
}

/** Load by instance, from the metrics of its servers and what they had counted at an earlier look. Pure. */
export function instanceLoads(
  { topology, desired }: ClusterView,
  metrics: ReadonlyMap<string, ServerMetrics>,
  before: KeptLook | null,
  now: Date,
): Loads {
  const instances = topology.instances.map(({ role, master, nodes }): InstanceLoad => {
    const places = nodes.flatMap((name) => httpProbes(desired.nodes[name]?.server.readiness ?? { http: [] }));
    const servers = places.flatMap(({ host, port }) => {
      const at = `${host}:${port}`;
      const found = metrics.get(at);
      return found === undefined ? [] : [{ found, earlier: before?.servers[at] }];
    });
    const all = servers.map(({ found }) => found);
    // of a server that the earlier look does not have, it is not known what it counted since
    const means = servers
      .filter(({ earlier }) => before === null || earlier !== undefined)
      .map(({ found, earlier }) => ({ found, from: isOtherStart(earlier?.start_s, found.startS) ? null : earlier }));
    const kvUses = all.flatMap(({ kvUse }) => kvUse ?? []);
    return {
      node: master,
      role,
      running: sumKnown(all.map(({ running }) => running)),
      waiting: sumKnown(all.map(({ waiting }) => waiting)),
      kvUse: kvUses.length === 0 ? null : kvUses.reduce((sum, use) => sum + use, 0) / kvUses.length,
      ttftMs: meanMs(means.map(({ found, from }) => countedSince(found.ttft, from?.ttft ?? null))),
      tpotMs: meanMs(means.map(({ found, from }) => countedSince(found.tpot, from?.tpot ?? null))),
    };
  });
  const overS = before === null ? null : Math.max(0, Math.round((now.getTime() - Date.parse(before.at)) / 1_000));
  return { overS, instances: instances.filter(isKnown) };
}

/** What was observed after an earlier look. A server that has counted less than it had then was started since, and counts from zero. */
export function countedSince(now: Histogram | null, earlier: Histogram | null): Histogram | null {
  if (now === null || earlier === null || now.count < earlier.count || now.sum < earlier.sum) return now;
  return { sum: now.sum - earlier.sum, count: now.count - earlier.count };
}

function meanMs(histograms: readonly (Histogram | null)[]): number | null {
  const known = histograms.flatMap((each) => each ?? []);
  const count = known.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return null;
  return Math.round((known.reduce((sum, each) => sum + each.sum, 0) / count) * 10_000) / 10;
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function isKnown({ running, waiting, kvUse, ttftMs, tpotMs }: InstanceLoad): boolean {
  return [running, waiting, kvUse, ttftMs, tpotMs].some((value) => value !== null);
}
