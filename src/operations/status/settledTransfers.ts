import type { PairTransfer, TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import type { NodeStatus } from './types.ts';

/**
 * What is known of transfers, with what else is known: while servers come and go decode may compute a prompt by itself, and nothing follows
 * from that. Pure.
 * @param work why nodes may be missing now; null: nothing explains it
 */
export function settledTransfers(
  transfers: TransferFindings | null,
  nodes: readonly NodeStatus[],
  work: string | null,
): TransferFindings | null {
  if (transfers?.state !== 'missing') return transfers;
  const others = new Set(nodes.flatMap(({ node, state }) => (state === 'serving' ? [] : [node])));
  const isDisturbed = ({ prefill, decode }: PairTransfer) => others.has(prefill) || others.has(decode);
  const missing = transfers.pairs.filter(({ state }) => state === 'missing');
  // without such a pair it was asked through the proxy, which may have led it to any of the servers
  const isSure = work === null && (missing.length === 0 ? others.size === 0 : !missing.every(isDisturbed));
  if (isSure) return transfers;
  const why = work ?? `${[...others].join(', ')} not serving`;
  const pairs = transfers.pairs.map((pair) =>
    pair.state === 'missing' && (work !== null || isDisturbed(pair)) ? { ...pair, state: 'unclear' as const } : pair,
  );
  return { state: 'unclear', reason: `${transfers.reason}, ${why}`, pairs };
}
