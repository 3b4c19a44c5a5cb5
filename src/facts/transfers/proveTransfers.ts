import type { Pair, PairServer } from '../../engines/pairs.ts';
import type { TransferRequest } from '../../engines/transferRequest.ts';
import type { NodeName } from '../../topology/topology.ts';
import { FRESH_PROMPT_WORDS, freshPrompt } from './freshPrompt.ts';
import { judgeTransfers, type TransferCounts, type TransferVerdict } from './transferCounts.ts';

/** `missing`: decode computes prompts by itself. `unclear`: other requests hide it. */
export type TransferState = 'proven' | 'missing' | 'unclear' | 'not-provable';

/** Whether KV caches go from prefill to decode. */
export interface TransferFindings {
  readonly state: TransferState;
  /** Why it is not proven; empty: it is. */
  readonly reason: string;
  /** Each that was asked without the router. */
  readonly pairs: readonly PairTransfer[];
  /** How many pairs there are; absent: all were asked. */
  readonly pairTotal?: number;
}

export interface PairTransfer {
  readonly prefill: NodeName;
  readonly decode: NodeName;
  readonly state: TransferState;
  readonly reason: string;
}

/** How servers are asked. */
export interface TransferAsker {
  /** Of each of the servers; in words why they can't be had. */
  counts(servers: readonly PairServer[]): Promise<readonly TransferCounts[] | string>;
  pair(pair: Pair, prompt: string): Promise<SentPrompt>;
  entrance(entrance: TransferRequest['entrances'][number], prompt: string): Promise<SentPrompt>;
  wait(ms: number): Promise<void>;
}

/**
 * A prompt of so many tokens brought a token, or why not. A request may fail for many reasons: only of prefill that answers without a KV cache it
 * follows that none is transferred.
 */
export type SentPrompt = { readonly tokens: number } | { readonly problem: string; readonly isWithoutCache?: boolean };

type Found = Omit<PairTransfer, 'prefill' | 'decode'>;

/** Counters follow the token that they count: so often they are read until they have it. */
const READS = 8;
const READ_EVERY_MS = 250;
/** Where other requests are counted first, ours are by then. */
const SURE_READS = 3;
/** With other requests in between, or a transfer that failed and may be another request's, it is tried so often. */
const TRIES = 3;

/**
 * Sends fresh prompts through the router and to each pair of servers, and compares the counters of decode before and after. Only decode servers are
 * read: what they had from elsewhere came from prefill.
 */
export async function proveTransfers(request: TransferRequest, asker: TransferAsker): Promise<TransferFindings> {
  const through = await measured(
    request.decode,
    request.entrances.map((entrance) => () => asker.entrance(entrance, freshPrompt())),
    'decode',
    asker,
  );
  const at = ({ decode: { host, port } }: Pair) => `${host}:${port}`;
  const groups = [...new Set(request.pairs.map(at))].map((server) =>
    request.pairs.filter((pair) => at(pair) === server),
  );
  const pairs = (await Promise.all(groups.map((group) => provePairs(group, asker)))).flat();
  const { pairTotal } = request;
  return { ...overall(through, pairs), pairs, ...(pairTotal !== undefined && { pairTotal }) };
}

/** All pairs of one decode server at once; where that proves nothing, one after the other, since they have one counter. */
async function provePairs(group: readonly Pair[], asker: TransferAsker): Promise<readonly PairTransfer[]> {
  const { decode } = group[0]!;
  const named = ({ prefill }: Pair, found: Found) => ({ prefill: prefill.node, decode: decode.node, ...found });
  const prove = (pairs: readonly Pair[]) =>
    measured(
      [decode],
      pairs.map((pair) => () => asker.pair(pair, freshPrompt())),
      decode.node,
      asker,
    );
  const together = await prove(group);
  if (group.length === 1 || together.state === 'proven' || together.state === 'not-provable')
    return group.map((pair) => named(pair, together));
  const found: PairTransfer[] = [];
  for (const pair of group) found.push(named(pair, await prove([pair])));
  return found;
}

/** @param called the decode side, for reasons */
async function measured(
  servers: readonly PairServer[],
  sends: readonly (() => Promise<SentPrompt>)[],
  called: string,
  asker: TransferAsker,
): Promise<Found> {
  let last: TransferVerdict = 'mixed';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await asker.counts(servers);
    if (typeof before === 'string') return { state: 'not-provable', reason: before };
    const sent = await Promise.all(sends.map((send) => send()));
    const failed = sent.flatMap((each) => ('problem' in each ? [each] : []));
    const without = failed.find(({ isWithoutCache }) => isWithoutCache);
    if (without !== undefined) return { state: 'missing', reason: without.problem };
    const tokens = sent.map((each) => ('tokens' in each ? each.tokens : FRESH_PROMPT_WORDS));
    const verdict = await settled(before, servers, tokens, asker, failed.length > 0 ? 1 : READS);
    const [fault] = failed;
    // decode may answer with an error because its transfer failed
    if (fault !== undefined && verdict !== 'failed') return { state: 'unclear', reason: fault.problem };
    if (typeof verdict !== 'string') return { state: 'not-provable', reason: verdict.unreadable };
    if (verdict === 'moved') return { state: 'proven', reason: '' };
    if (verdict === 'computed' || verdict === 'uncounted')
      return { state: 'missing', reason: reasonOf(verdict, called) };
    last = verdict;
  }
  return { state: last === 'failed' ? 'missing' : 'unclear', reason: reasonOf(last, called) };
}

/** The verdict, once another look would not change it. */
async function settled(
  before: readonly TransferCounts[],
  servers: readonly PairServer[],
  prompts: readonly number[],
  asker: TransferAsker,
  maxReads: number,
): Promise<TransferVerdict | { readonly unreadable: string }> {
  let verdict: TransferVerdict = 'uncounted';
  for (let reads = 0; reads < maxReads; reads += 1) {
    if (reads > 0) await asker.wait(READ_EVERY_MS);
    const after = await asker.counts(servers);
    if (typeof after === 'string') return { unreadable: after };
    verdict = judgeTransfers(before, after, prompts);
    if (verdict === 'moved' || verdict === 'failed' || verdict === 'restarted') break;
    if (verdict === 'computed' && reads + 1 >= SURE_READS) break;
  }
  return verdict;
}

function reasonOf(verdict: TransferVerdict, called: string): string {
  switch (verdict) {
    case 'failed':
      return `${called} counted failed transfers`;
    case 'uncounted':
      return `${called} asked no KV connector for the prompt`;
    case 'restarted':
      return `${called} restarted meanwhile`;
    case 'mixed':
      return `other requests to ${called} hide it`;
    default:
      return `${called} computed the prompt by itself`;
  }
}

/** Pairs named in a reason; more would hide the rest. */
const SHOWN_PAIRS = 3;

function overall(through: Found, pairs: readonly PairTransfer[]): Found {
  const having = (state: TransferState) => pairs.filter((pair) => pair.state === state);
  const bad = having('missing');
  if (bad.length > 0) return { state: 'missing', reason: pairsText(bad, pairs.length) };
  if (through.state === 'missing' && pairs.length > 0 && having('proven').length === pairs.length)
    return {
      state: 'missing',
      reason: `${through.reason}; pairs asked without the proxy transfer it: the proxy is at fault`,
    };
  if (through.state !== 'proven') return through;
  const [unclear] = pairs.filter(({ state }) => state !== 'proven');
  return unclear === undefined ? through : { state: unclear.state, reason: unclear.reason };
}

function pairsText(bad: readonly PairTransfer[], all: number): string {
  const shown = bad.slice(0, SHOWN_PAIRS).map(({ prefill, decode, reason }) => `${prefill} with ${decode}: ${reason}`);
  const more = bad.length > SHOWN_PAIRS ? [`${bad.length - SHOWN_PAIRS} more pairs`] : [];
  const good = all - bad.length;
  return [...shown, ...more, ...(good === 0 ? [] : [`${good} of ${all} pairs transfer it`])].join('; ');
}
