import { basename } from 'node:path';
import type { Facts, ProbeRequest } from '../../facts/facts.ts';
import { generationOf } from '../../plan/makePlan.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';
import type { OpenHost } from '../../transport/host.ts';
import { type ClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import { changedKeys, inputDigests } from './changedKeys.ts';
import { desiredOnHosts, lastRun, rememberedBy } from './desiredOnHosts.ts';
import { keptGeneration, keptRequests, keptView } from './keptView.ts';
import { servedWords } from './keyDifference.ts';
import { type HostKept, readKept } from './readKept.ts';

export interface AskAgain {
  readonly open: OpenHost;
  readonly signal: AbortSignal;
  /** Of the hosts, what a kept generation is compared by. */
  readonly ask: (requests: Readonly<Record<string, ProbeRequest>>) => Promise<Facts>;
}

/**
 * What the hosts should run: what was served or rolled back to last, which they keep. As long as that is what the deployment file
 * contains, or its serve is under way, nothing more is asked.
 */
export async function viewOfDesired(ofFile: ClusterView, { open, signal, ask }: AskAgain): Promise<ClusterView> {
  const other = otherGeneration(ofFile);
  if (other === null) return ofFile;
  const { deployment, facts, topology, inputs } = ofFile;
  const reached = topology.hosts.map(({ address }) => address).filter((address) => facts[address]?.reachable === true);
  const found = await readKept(open, reached, deployment, signal);
  const kept = keptGeneration(other.record.generation, found, deployment);
  if (kept === null) return ofFile;
  // a host that could not keep it would look as if nothing should run there
  const lacks = ({ address, records }: HostKept) =>
    kept.record.hosts.includes(address) && !records.has(kept.generation);
  if (found.some(lacks)) return ofFile;
  const wanted = Object.entries(keptRequests(kept)).filter(([address]) => reached.includes(address));
  const asked = clusterProbeRequests(deployment, inputs);
  const isAnswered = wanted.every(([address, request]) => covers(asked[address], request));
  const all = isAnswered ? facts : { ...facts, ...(await ask(Object.fromEntries(wanted))) };
  return keptView(kept, all, differenceWords(other, deployment.file));
}

/** What hosts should run, where it is not what the deployment file contains. */
export interface OtherGeneration {
  readonly record: DesiredRecord;
  /** How the file differs from it, key by key; null: not known. */
  readonly keys: readonly string[] | null;
}

/** Null: hosts should run what the deployment file contains, its serve has begun, or what they should run is not known. */
export function otherGeneration(ofFile: ClusterView): OtherGeneration | null {
  const { deployment, facts, desired, inputs } = ofFile;
  const hosts = rememberedBy(deployment, facts);
  const record = desiredOnHosts(hosts);
  if (record === null) return null;
  const own = generationOf(desired);
  if (record.generation === own || lastRun(hosts)?.generation === own) return null;
  const keys = changedKeys(record, deployment, inputDigests(deployment, inputs));
  return keys?.length === 0 ? null : { record, keys };
}

/** Changed keys named in a sentence. */
const NAMED = 3;

function differenceWords({ record, keys }: OtherGeneration, file: string): string {
  const more = keys !== null && keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  const list = keys === null ? '' : `: ${keys.slice(0, NAMED).join(', ')}${more}`;
  return `${basename(file)} differs from what ${servedWords(record)}${list}`;
}

/** Whether the answer to one request has all that the other asks for. */
function covers(asked: ProbeRequest | undefined, wanted: ProbeRequest): boolean {
  if (asked === undefined) return false;
  const lists = ['images', 'paths', 'digests', 'texts', 'freeOf', 'dies', 'ports'] as const;
  return (
    lists.every((list) =>
      (wanted[list] as readonly unknown[]).every((each) => (asked[list] as readonly unknown[]).includes(each)),
    ) &&
    JSON.stringify([wanted.code, wanted.accelerator]) === JSON.stringify([asked.code, asked.accelerator]) &&
    (wanted.dumps?.folders ?? []).every((folder) => asked.dumps?.folders.includes(folder))
  );
}
