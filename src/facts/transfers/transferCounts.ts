import type { TransferCounters } from '../../engines/metricNames.ts';
import { metricSamples } from '../servers/metricSamples.ts';

/** Of decode servers since their starts. */
export interface TransferCounts {
  readonly hits: number;
  readonly queries: number;
  readonly failed: number;
}

/** Sums over the engines of a server; null: it does not count hits and queries. Pure. */
export function transferCountsIn(text: string, { hits, queries, failed }: TransferCounters): TransferCounts | null {
  const samples = metricSamples(text);
  const sum = (names: readonly string[]) =>
    names.flatMap((name) => samples.get(name) ?? []).reduce((all, value) => all + value, 0);
  if (!samples.has(hits) || !samples.has(queries)) return null;
  return { hits: sum([hits]), queries: sum([queries]), failed: sum(failed) };
}

/**
 * `moved`: all of the prompts came from elsewhere. `computed`: at least one did not. `failed`: transfers failed. `uncounted`: not all were looked for
 * elsewhere, yet or at all. `mixed`: other requests hide it. `restarted`: a server began to count again.
 */
export type TransferVerdict = 'moved' | 'computed' | 'failed' | 'uncounted' | 'mixed' | 'restarted';

/** A prompt that was transferred misses a block or a chunk of tokens, one that was not misses all. */
const MISSED_SHARE = 0.5;

/** @param prompts tokens of each prompt that was sent between the two; other requests may have been too. Pure. */
export function judgeTransfers(
  before: TransferCounts,
  after: TransferCounts,
  prompts: readonly number[],
): TransferVerdict {
  const queries = after.queries - before.queries;
  const hits = after.hits - before.hits;
  const failed = after.failed - before.failed;
  if (queries < 0 || hits < 0 || failed < 0) return 'restarted';
  if (failed > 0) return 'failed';
  const ours = prompts.reduce((sum, tokens) => sum + tokens, 0);
  const slack = Math.min(...prompts) * MISSED_SHARE;
  if (queries < ours - slack) return 'uncounted';
  if (queries - hits < slack) return 'moved';
  return hits < ours - slack ? 'computed' : 'mixed';
}
