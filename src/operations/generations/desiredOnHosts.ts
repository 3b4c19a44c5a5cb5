import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { type DesiredRecord, parseDesiredRecord } from '../../state/desiredRecord.ts';
import { parseRunFact, type RunFact } from '../../state/runFact.ts';
import { clusterPaths } from '../../topology/paths.ts';

/** What one host remembers of what the cluster should run. */
export interface Remembered {
  readonly address: string;
  /** Null: nothing, or nothing that can be read. */
  readonly desired: DesiredRecord | null;
  readonly run: RunFact | null;
}

/** Those of the hosts that answered. */
export function rememberedBy({ statePath, name }: Deployment, facts: Facts): readonly Remembered[] {
  const paths = clusterPaths(statePath, name);
  return Object.values(facts).flatMap((host) =>
    host.reachable
      ? [
          {
            address: host.address,
            desired: parseDesiredRecord(host.texts[paths.desired]),
            run: parseRunFact(host.texts[paths.run]),
          },
        ]
      : [],
  );
}

/**
 * What a cluster should run, from what its hosts remember: the newest record, by its number and not by a clock; where records of
 * one number differ, the one that most hosts have. A rollback that did not end counts from its start: it was asked for.
 */
export function desiredOnHosts(hosts: readonly Remembered[]): DesiredRecord | null {
  const records = hosts.flatMap(({ desired }) => desired ?? []);
  const newest = newestOf(records);
  const run = lastRun(hosts);
  if (newest === null || run === null) return newest;
  if (run.command !== 'rollback' || run.generation === newest.generation || run.state === 'done') return newest;
  const { generation, nodes, command, owner: by } = run;
  const at = newest.way.indexOf(generation);
  const way = at < 0 ? [newest.generation, ...newest.way] : newest.way.slice(at + 1);
  return { ...newest, generation, nodes, run: run.run, command, by, way, keys: [], document: null, inputs: {} };
}

/** Null: no host has one. */
export function newestOf(records: readonly DesiredRecord[]): DesiredRecord | null {
  const seq = Math.max(0, ...records.map((record) => record.seq));
  return mostFrequent(
    records.filter((record) => record.seq === seq),
    ({ generation, run }) => `${generation} ${run}`,
  );
}

/** The run that most hosts name as their last one. */
export function lastRun(hosts: readonly Pick<Remembered, 'run'>[]): RunFact | null {
  return mostFrequent(
    hosts.flatMap(({ run }) => run ?? []),
    ({ run }) => run,
  );
}

/** The first of the largest group. */
export function mostFrequent<T>(values: readonly T[], keyOf: (value: T) => string): T | null {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  const sizes = [...groups.values()];
  const largest = Math.max(0, ...sizes.map(({ length }) => length));
  return sizes.find(({ length }) => length === largest)?.[0] ?? null;
}
