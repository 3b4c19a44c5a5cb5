import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { utc } from '../../files/durations.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';
import { clusterPaths } from '../../topology/paths.ts';
import { newestOf, rememberedBy } from './desiredOnHosts.ts';
import { servedWords } from './keyDifference.ts';

/** A record this much newer than now shows that a clock is wrong, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What is odd about the records of what a cluster should run, one sentence each. Nothing is stopped because of it. */
export function recordFindings(deployment: Deployment, facts: Facts, now: Date): readonly string[] {
  const hosts = rememberedBy(deployment, facts);
  const path = clusterPaths(deployment.statePath, deployment.name).desired;
  const newest = newestOf(hosts.flatMap(({ desired }) => desired ?? []));
  const unreadable = Object.values(facts).flatMap((host) =>
    host.reachable &&
    (host.texts[path] ?? '').trim() !== '' &&
    hosts.some((each) => each.address === host.address && each.desired === null)
      ? [host.address]
      : [],
  );
  return [
    ...(unreadable.length === 0
      ? []
      : [
          `the record of what should run can't be read on ${unreadable.join(', ')}; the next serve or rollback writes it again`,
        ]),
    ...(newest === null
      ? []
      : [...outdated(newest, hosts), ...disagreeing(newest, hosts), ...fromTheFuture(newest, now)]),
  ];
}

type Hosts = ReturnType<typeof rememberedBy>;

function outdated(newest: DesiredRecord, hosts: Hosts): string[] {
  const older = hosts.filter(({ desired }) => desired !== null && desired.seq < newest.seq);
  if (older.length === 0) return [];
  const list = older.map(({ address, desired }) => `${address} (run ${desired!.run})`).join(', ');
  return [`${list} missed what ${servedWords(newest)}: the newest record counts`];
}

function disagreeing(newest: DesiredRecord, hosts: Hosts): string[] {
  const latest = hosts.filter(({ desired }) => desired?.seq === newest.seq);
  const runs = new Map<string, string[]>();
  for (const { address, desired } of latest) {
    const words = `run ${desired!.run} of ${desired!.by}`;
    runs.set(words, [...(runs.get(words) ?? []), address]);
  }
  if (runs.size < 2) return [];
  const list = [...runs].map(([words, addresses]) => `${words} on ${addresses.join(', ')}`).join('; ');
  return [`hosts disagree about what was served last: ${list}. The one of most hosts counts: run ${newest.run}`];
}

function fromTheFuture({ run, by, at }: DesiredRecord, now: Date): string[] {
  const aheadMs = Date.parse(at) - now.getTime();
  if (!(aheadMs > CLOCK_TOLERANCE_MS)) return [];
  return [
    `run ${run} of ${by} is dated ${utc(at)}, which is later than now: a clock is wrong or was set back. Records are ordered by number, not by time`,
  ];
}
