import type { TransferCounters } from '../../engines/metricNames.ts';
import { metricSamples } from '../servers/metricSamples.ts';
import { isOtherStart, processStart } from '../servers/processStart.ts';

/** Of a decode server since its start. */
export interface TransferCounts {
  readonly hits: number;
  readonly queries: number;
  readonly failed: number;
  /** When it started, in seconds since 1970; null: it does not export it. */
  readonly startS: number | null;
}

/** Sums over the engines of a server; null: it does not count hits and queries. Pure. */
export function transferCountsIn(text: string, { hits, queries, failed }: TransferCounters): TransferCounts | null {
  const samples = metricSamples(text);
  const sum = (names: readonly string[]) =>
    names.flatMap((name) => samples.get(name) ?? []).reduce((all, value) => all + value, 0);
  if (!samples.has(hits) || !samples.has(queries)) return null;
  return { hits: sum([hits]), queries: sum([queries]), failed: sum(failed), startS: processStart(samples) };
}

/** What servers counted between two looks, each by itself. Null: one restarted meanwhile. Pure. */
export function countedBetween(before: readonly TransferCounts[], after: readonly TransferCounts[]): Counted | null {
  const each = after.flatMap((now, i) => countedBy(before[i]!, now) ?? []);
  if (each.length < after.length) return null;
  const sum = (of: keyof Counted) => each.reduce((all, counted) => all + counted[of], 0);
  return { hits: sum('hits'), queries: sum('queries'), failed: sum('failed') };
}

/** As above, of one server. Pure. */
export function countedBy(before: TransferCounts, now: TransferCounts): Counted | null {
  const [queries, hits] = [now.queries - before.queries, now.hits - before.hits];
  const failed = now.failed - before.failed;
  const isRestarted = queries < 0 || hits < 0 || failed < 0 || isOtherStart(before.startS, now.startS);
  return isRestarted ? null : { queries, hits, failed };
}

export type Counted = Omit<TransferCounts, 'startS'>;

/**
 * `moved`: all of the prompts came from elsewhere. `computed`: at least one did not. `failed`: transfers of ours failed. `uncounted`: not all were looked for
 * elsewhere, yet or at all. `mixed`: other requests hide it. `restarted`: a server began to count again.
 */
export type TransferVerdict = 'moved' | 'computed' | 'failed' | 'uncounted' | 'mixed' | 'restarted';

/** A prompt that was transferred misses a block or a chunk of tokens, one that was not misses all. */
const MISSED_SHARE = 0.5;

/** @param before of each server, as `after`. @param prompts tokens of each prompt that was sent between the two; other requests may have been too. Pure. */
export function judgeTransfers(
  before: readonly TransferCounts[],
  after: readonly TransferCounts[],
  prompts: readonly number[],
): TransferVerdict {
  const counted = countedBetween(before, after);
  if (counted === null) return 'restarted';
  const { queries, hits, failed } = counted;
  const ours = prompts.reduce((sum, tokens) => sum + tokens, 0);
  const slack = Math.min(...prompts) * MISSED_SHARE;
  if (queries < ours - slack) return 'uncounted';
  // with more queries than ours it may be a transfer of another request
  if (failed > 0) return queries <= ours + slack ? 'failed' : 'mixed';
  if (queries - hits < slack) return 'moved';
  return hits < ours - slack ? 'computed' : 'mixed';
}
