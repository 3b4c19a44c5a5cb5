import { utc } from '../../files/durations.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { changedKeys, inputDigests } from './changedKeys.ts';
import { desiredOnHosts, rememberedBy } from './desiredOnHosts.ts';

/** What a deployment would change against what its hosts should run until now. */
export interface KeyDifference {
  readonly against: Pick<DesiredRecord, 'generation' | 'run' | 'command' | 'by' | 'at'>;
  /** One text per key: `decode.max_model_len 4096 -> 2048` */
  readonly keys: readonly string[];
}

/** Null: no key differs, or no host remembers what was served. */
export function keyDifference({ deployment, facts, inputs, kept }: ClusterView): KeyDifference | null {
  const before = desiredOnHosts(rememberedBy(deployment, facts));
  const keys = before && changedKeys(before, deployment, kept?.inputs ?? inputDigests(deployment, inputs));
  if (before === null || keys === null || keys.length === 0) return null;
  const { generation, run, command, by, at } = before;
  return { against: { generation, run, command, by, at }, keys };
}

/** Lines; empty without a difference. */
export function keyDifferenceText(difference: KeyDifference | null): string {
  if (difference === null) return '';
  const { against, keys } = difference;
  return `changes against what ${servedWords(against)}:\n${keys.map((key) => `  ${key}\n`).join('')}`;
}

/** `ann@build1 rolled back to at 2026-11-21 12:00:00 UTC (run R)` */
export function servedWords({ command, by, at, run }: KeyDifference['against']): string {
  return `${by} ${command === 'rollback' ? 'rolled back to' : 'served'} at ${utc(at)} (run ${run})`;
}
