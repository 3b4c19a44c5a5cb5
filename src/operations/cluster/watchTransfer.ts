import type { TransferRequest } from '../../engines/transferRequest.ts';
import { type TransferCounts, transferCountsIn } from '../../facts/transfers/transferCounts.ts';

/** What decode had from prefill while a load ran. */
export interface LoadTransfer {
  readonly state: 'moved' | 'missing' | 'not-provable';
  /** Tokens that decode looked for elsewhere, and those that it had from there; null: not known. */
  readonly queries: number | null;
  readonly hits: number | null;
  /** Transfers that failed; null: not known. */
  readonly failed: number | null;
  /** Why it is not provable; empty: it is. */
  readonly reason: string;
}

/** What can be asked; `unprovable`: why it can't. Null: nothing is transferred. */
export type LoadTransferRequest =
  | Pick<TransferRequest, 'decode' | 'counters' | 'metrics'>
  | { readonly unprovable: string };

const METRICS_TIMEOUT_MS = 5_000;
/** Prompts of less than a block are not transferred: a few may be that short. */
const MOVED_SHARE = 0.5;

/** Reads the counters of decode now. The function that it gives reads them again and compares. */
export async function watchTransfer(request: LoadTransferRequest | null): Promise<() => Promise<LoadTransfer | null>> {
  if (request === null) return async () => null;
  if ('unprovable' in request) return async () => unprovable(request.unprovable);
  const before = await countsOf(request);
  if (typeof before === 'string') return async () => unprovable(before);
  return async () => {
    const after = await countsOf(request);
    return typeof after === 'string' ? unprovable(after) : between(before, after);
  };
}

function between(before: TransferCounts, after: TransferCounts): LoadTransfer {
  const queries = after.queries - before.queries;
  const hits = after.hits - before.hits;
  const failed = after.failed - before.failed;
  if (queries < 0 || hits < 0 || failed < 0) return unprovable('decode restarted meanwhile');
  const isMoved = queries > 0 && hits >= queries * MOVED_SHARE && failed === 0;
  return { state: isMoved ? 'moved' : 'missing', queries, hits, failed, reason: '' };
}

function unprovable(reason: string): LoadTransfer {
  return { state: 'not-provable', queries: null, hits: null, failed: null, reason };
}

/** Summed over all decode servers; in words why they can't be had. */
async function countsOf({ decode, counters, metrics }: Exclude<LoadTransferRequest, { unprovable: string }>) {
  const counted = await Promise.all(
    decode.map(async ({ node, host, port }) => {
      const url = `http://${host}:${port}${metrics}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) }).catch(() => null);
      if (answer === null) return `${node} gives no ${metrics}`;
      if (answer.status !== 200) return `${node} answers ${answer.status} at ${metrics}`;
      return transferCountsIn(await answer.text(), counters) ?? `${node} exports no ${counters.hits}`;
    }),
  );
  const problem = counted.find((each) => typeof each === 'string');
  if (problem !== undefined) return problem;
  const known = counted.flatMap((each) => (typeof each === 'string' ? [] : each));
  const sum = (of: keyof TransferCounts) => known.reduce((all, each) => all + each[of], 0);
  return { hits: sum('hits'), queries: sum('queries'), failed: sum('failed') };
}

/** One line; null: nothing is transferred. */
export function loadTransferLine(transfer: LoadTransfer | null): string | null {
  if (transfer === null) return null;
  const { state, queries, hits, failed, reason } = transfer;
  if (queries === null || hits === null) return `KV transfer: not provable (${reason})`;
  const share = queries === 0 ? 0 : Math.round((hits / queries) * 100);
  const had = `${share} % of ${queries} prompt tokens from prefill${failed ? `, and counted ${failed} failed transfers` : ''}`;
  if (state === 'moved') return `KV transfer: decode had ${had}`;
  if (queries === 0) return 'DEGRADED: decode does not receive KV from prefill: it asked no KV connector';
  return `DEGRADED: decode does not receive KV from prefill: it had ${had}`;
}
