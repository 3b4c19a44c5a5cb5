import type { PairServer } from '../../engines/pairs.ts';
import type { TransferRequest } from '../../engines/transferRequest.ts';
import {
  type Counted,
  countedBy,
  type TransferCounts,
  transferCountsIn,
} from '../../facts/transfers/transferCounts.ts';
import type { NodeName } from '../../topology/topology.ts';

/** What decode had from prefill while a load ran. */
export interface LoadTransfer {
  /** `missing`: at least one server had less than half of its prompts from prefill. */
  readonly state: 'moved' | 'missing' | 'not-provable';
  /** Tokens that decode looked for elsewhere, and those that it had from there, over all servers that are known; null: none is. */
  readonly queries: number | null;
  readonly hits: number | null;
  /** Transfers that failed; null: not known. */
  readonly failed: number | null;
  /** Why it is not provable, of all or of some servers; empty: it is. */
  readonly reason: string;
  readonly servers: readonly ServerTransfer[];
}

/** The same of one decode server that is known. */
export interface ServerTransfer extends Counted {
  readonly node: NodeName;
}

/** What can be asked; `unprovable`: why it can't. Null: nothing is transferred. */
export type LoadTransferRequest =
  | Pick<TransferRequest, 'decode' | 'counters' | 'metrics'>
  | { readonly unprovable: string };

const METRICS_TIMEOUT_MS = 5_000;
/** Prompts of less than a block are not transferred: a few may be that short. */
const MOVED_SHARE = 0.5;
/** Of its even share: with fewer tokens a server had no more than a few short prompts, and nothing follows from them. */
const JUDGED_SHARE = 0.1;
/** Servers named in a line; more would hide the rest. */
const SHOWN_SERVERS = 3;
const MISSING = 'DEGRADED: decode does not receive KV from prefill';

type Read = TransferCounts | string;

/**
 * Reads the counters of decode now. The function that it gives reads them again and compares; it is given how many requests were answered
 * meanwhile.
 */
export async function watchTransfer(
  request: LoadTransferRequest | null,
): Promise<(answered: number) => Promise<LoadTransfer | null>> {
  if (request === null) return async () => null;
  if ('unprovable' in request) return async () => unprovable(request.unprovable);
  const before = await readCounts(request);
  return async (answered) => between(request.decode, before, await readCounts(request), answered);
}

/** Each server by itself: of a sum one that computes every prompt may be hidden by another. Servers that had no requests show nothing. */
function between(
  decode: readonly PairServer[],
  before: readonly Read[],
  after: readonly Read[],
  answered: number,
): LoadTransfer {
  const found = decode.map(({ node }, i): ServerTransfer | string => {
    const [then, now] = [before[i]!, after[i]!];
    if (typeof then === 'string' || typeof now === 'string') return typeof then === 'string' ? then : String(now);
    const counted = countedBy(then, now);
    return counted === null ? `${node} restarted meanwhile` : { node, ...counted };
  });
  const servers = found.flatMap((each) => (typeof each === 'string' ? [] : each));
  const reason = found.filter((each) => typeof each === 'string').join('; ');
  if (servers.length === 0) return unprovable(reason);
  const sum = (of: keyof Counted) => servers.reduce((all, each) => all + each[of], 0);
  const isIdle = sum('queries') === 0;
  if (isIdle && (answered === 0 || reason !== ''))
    return unprovable(answered === 0 ? 'no request of the load was answered' : reason);
  const state = isIdle || missingOf(servers).length > 0 ? 'missing' : 'moved';
  return { state, queries: sum('queries'), hits: sum('hits'), failed: sum('failed'), reason, servers };
}

function missingOf(servers: readonly ServerTransfer[]): readonly ServerTransfer[] {
  const few = (servers.reduce((all, { queries }) => all + queries, 0) / servers.length) * JUDGED_SHARE;
  return servers.filter(({ queries, hits }) => queries >= few && hits < queries * MOVED_SHARE);
}

function unprovable(reason: string): LoadTransfer {
  return { state: 'not-provable', queries: null, hits: null, failed: null, reason, servers: [] };
}

/** Of each decode server; in words why it can't be had. */
function readCounts({ decode, counters, metrics }: Exclude<LoadTransferRequest, { unprovable: string }>) {
  return Promise.all(
    decode.map(async ({ node, host, port }): Promise<Read> => {
      const url = `http://${host}:${port}${metrics}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) }).catch(() => null);
      if (answer === null) return `${node} gives no ${metrics}`;
      if (answer.status !== 200) return `${node} answers ${answer.status} at ${metrics}`;
      return transferCountsIn(await answer.text(), counters) ?? `${node} exports no ${counters.hits}`;
    }),
  );
}

/** One line; null: nothing is transferred. */
export function loadTransferLine(transfer: LoadTransfer | null): string | null {
  if (transfer === null) return null;
  const { state, queries, hits, failed, reason, servers } = transfer;
  if (queries === null || hits === null) return `KV transfer: not provable (${reason})`;
  const also = reason === '' ? '' : `; ${reason}`;
  if (state === 'moved') return `KV transfer: decode had ${shareText({ queries, hits, failed: failed ?? 0 })}${also}`;
  const bad = missingOf(servers);
  if (bad.length === 0) return `${MISSING}: it asked no KV connector${also}`;
  const shown = bad.slice(0, SHOWN_SERVERS).map((server) => `${server.node} had ${shareText(server)}`);
  const more = bad.length > SHOWN_SERVERS ? [`${bad.length - SHOWN_SERVERS} more servers`] : [];
  const good = servers.filter((server) => server.queries > 0 && !bad.includes(server)).length;
  const others = good === 0 ? [] : [`${good} of ${servers.length} decode servers receive it`];
  return `${MISSING}: ${[...shown, ...more, ...others].join('; ')}${also}`;
}

function shareText({ queries, hits, failed }: Counted): string {
  const share = Math.round((hits / queries) * 100);
  const failures = failed > 0 ? `, and counted ${failed} failed ${failed === 1 ? 'transfer' : 'transfers'}` : '';
  return `${share} % of ${queries} prompt tokens from prefill${failures}`;
}
