import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import { transferWords } from '../../facts/transfers/transferWords.ts';
import { duration } from '../../files/durations.ts';
import type { ClusterState, NodeStatus, PairStatus, State, Token } from './types.ts';

/** What the state of a cluster follows from. */
export interface Judged {
  readonly nodes: readonly NodeStatus[];
  /** One per entrance. */
  readonly tokens: readonly Token[];
  readonly pairs: readonly PairStatus[];
  /** Null: nothing is transferred, or it was not asked. */
  readonly transfers: TransferFindings | null;
  /** A first token that takes longer is slow. */
  readonly slowMs: number;
  /** Why nodes may be missing now: `while root@build1 (restart, ..) works on them`; null: nothing explains it. */
  readonly work: string | null;
}

export interface Verdict {
  readonly state: ClusterState;
  readonly reason: string;
}

/** Pairs named in a reason; more would hide the rest. */
const SHOWN_PAIRS = 3;

/** The state of the whole from those of its parts and the one proof that counts. */
export function clusterState({ nodes, tokens, pairs, transfers, slowMs, work }: Judged): Verdict {
  const list = notServing(nodes);
  if (nodes.every((node) => node.state === 'unreachable'))
    return { state: 'unreachable', reason: 'no host can be reached' };
  const gaps = tokens.flatMap((token) => ('problem' in token ? [token.problem] : []));
  const came = tokens.filter((token) => !('problem' in token));
  const missing = [list, ...gaps.map((gap) => `no token: ${gap}`)];
  if (came.length > 0 && transfers?.state === 'missing')
    return { state: 'degraded', reason: joined([transferWords(transfers), ...missing]) };
  if (came.length > 0) return whileTokensCome(came, missing, slowMs, work);
  // nothing is known of what can't be reached: it makes no cluster dead
  if (nodes.every((node) => node.state === 'stopped' || node.state === 'unreachable')) {
    const isPartial = nodes.some((node) => node.state === 'unreachable');
    return {
      state: 'stopped',
      reason: joined([isPartial ? 'nothing runs on the hosts that answer' : 'nothing runs', isPartial ? list : '']),
    };
  }
  const isStarting = nodes.some((node) => node.state === 'starting') && !nodes.some((node) => node.state === 'dead');
  const isLate = list === '' && tokens.some((token) => 'problem' in token && token.isLate);
  return {
    state: isStarting ? 'starting' : isLate ? 'degraded' : 'dead',
    reason: joined([`no token: ${gaps[0] ?? 'there is no address to ask'}`, pairWords(pairs), list]),
  };
}

function whileTokensCome(
  came: readonly Token[],
  gaps: readonly string[],
  slowMs: number,
  work: string | null,
): Verdict {
  const missing = joined(gaps);
  const tookMs = Math.max(...came.map((token) => ('tookMs' in token ? token.tookMs : 0)));
  const denied = came.flatMap((token) => ('denied' in token ? [token.denied] : []));
  const words = denied[0] ?? `a token came through in ${duration(tookMs)}`;
  if (missing !== '')
    return work === null
      ? { state: 'degraded', reason: missing }
      : { state: 'maintenance', reason: `${missing}, ${work}; ${words}` };
  if (tookMs <= slowMs) return { state: 'serving', reason: words };
  return { state: 'slow', reason: `${words}; over ${duration(slowMs)} is slow (--slow)` };
}

function notServing(nodes: readonly NodeStatus[]): string {
  const others = nodes.filter((node) => node.state !== 'serving');
  const namesIn = (state: State) => others.filter((node) => node.state === state).map((node) => node.node);
  const states = [...new Set(others.map((node) => node.state))];
  return states.map((state) => `${namesIn(state).join(', ')} ${state}`).join('; ');
}

/** Which instances are at fault, as their pairs show. */
function pairWords(pairs: readonly PairStatus[]): string {
  const bad = pairs.filter(({ problem }) => problem !== null);
  if (pairs.length === 0) return '';
  if (bad.length === 0) return 'every pair gives a token when it is asked without the proxy: the proxy is at fault';
  const shown = bad
    .slice(0, SHOWN_PAIRS)
    .map(({ prefill, decode, problem }) => `${prefill} with ${decode}: ${problem}`);
  const more = bad.length > SHOWN_PAIRS ? [`${bad.length - SHOWN_PAIRS} more pairs fail`] : [];
  const good = pairs.length - bad.length;
  return [...shown, ...more, ...(good === 0 ? [] : [`${good} of ${pairs.length} pairs give a token`])].join('; ');
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('; ');
}
