import type { TransferFindings } from './proveTransfers.ts';

/** Decode then computes every prompt by itself, which works, and takes decode's time. */
const MISSING = 'decode does not receive KV from prefill';

/** `KV transfer: proven for 4 pairs`, `KV transfer: proven for 25 of 400 pairs`, `KV transfer: not provable (why)`; where it is missing, what that means and why. */
export function transferWords({ state, reason, pairs, pairTotal = pairs.length }: TransferFindings): string {
  switch (state) {
    case 'missing':
      return `${MISSING}: ${reason}`;
    case 'unclear':
      return `KV transfer: not certain (${reason})`;
    case 'not-provable':
      return unprovableWords(reason);
    default:
      return `KV transfer: proven${pairs.length === 0 ? '' : ` for ${countWords(pairs.length, pairTotal)}`}`;
  }
}

function countWords(asked: number, total: number): string {
  if (asked < total) return `${asked} of ${total} pairs`;
  return `${asked} ${asked === 1 ? 'pair' : 'pairs'}`;
}

/** @param reason in words that a bracket may hold */
export function unprovableWords(reason: string): string {
  return `KV transfer: not provable (${reason})`;
}
