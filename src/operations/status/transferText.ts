import { transferWords } from '../../facts/transfers/transferWords.ts';
import { printable } from '../../report/printable.ts';
import type { ClusterStatus } from './status.ts';

/** What is known of the transfer of KV caches. Where it is missing that is the reason of the state, and without a token there is nothing to say. */
export function transferLines({ kvTransfer, token }: Pick<ClusterStatus, 'kvTransfer' | 'token'>): readonly string[] {
  if (kvTransfer === null || kvTransfer.state === 'missing' || 'problem' in token) return [];
  return [`  ${printable(transferWords(kvTransfer))}`];
}
