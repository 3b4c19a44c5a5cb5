import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { quote } from '../../shell/quote.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';
import { newestOf, rememberedBy } from './desiredOnHosts.ts';

interface Found {
  readonly deployment: Deployment;
  readonly topology: { readonly hosts: readonly { readonly address: string }[] };
  readonly facts: Facts;
}

/** Hosts that were served once, that the deployment no longer has, and that were not cleaned since: its own hosts remember them. */
export function removedHosts({ deployment, topology, facts }: Found): readonly string[] {
  const record = newestOf(rememberedBy(deployment, facts).flatMap(({ desired }) => desired ?? []));
  return record === null
    ? []
    : withoutHosts(
        record,
        topology.hosts.map(({ address }) => address),
      );
}

/** Those that a record names, but for these. */
export function withoutHosts({ hosts, removed }: DesiredRecord, known: readonly string[]): readonly string[] {
  return [...new Set([...hosts, ...removed])].filter((address) => !known.includes(address));
}

/** The record once these hosts were cleaned; null: there is none. */
export function recordWithout({ deployment, facts }: Found, cleaned: readonly string[]): DesiredRecord | null {
  const record = newestOf(rememberedBy(deployment, facts).flatMap(({ desired }) => desired ?? []));
  if (record === null) return null;
  const left = (addresses: readonly string[]) => addresses.filter((address) => !cleaned.includes(address));
  return { ...record, seq: record.seq + 1, hosts: left(record.hosts), removed: left(record.removed) };
}

/** One sentence, where there are any. */
export function removedHostsText(found: Found): readonly string[] {
  const hosts = removedHosts(found);
  if (hosts.length === 0) return [];
  const [is, what] = hosts.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return [
    `${hosts.join(', ')} ${is} not in the deployment file any more, and may still run what was served there: ${quote(['omniplace', 'stop', found.deployment.file])} --removed-hosts cleans ${what}`,
  ];
}
