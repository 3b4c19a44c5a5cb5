import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import { quote } from '../../shell/quote.ts';
import type { Advice } from './advice.ts';

/** The log to read of each decode instance that computes prompts by itself, once. @param file of the deployment */
export function transferAdvice(transfers: TransferFindings | null, file: string): readonly Advice[] {
  const missing = transfers?.pairs.filter(({ state }) => state === 'missing') ?? [];
  const first = missing.filter(({ decode }, i) => missing.findIndex((pair) => pair.decode === decode) === i);
  return first.map(({ prefill, decode, reason }) => ({
    of: decode,
    problem: `does not receive KV from ${prefill}: ${reason}`,
    command: `omniplace logs ${decode} ${prefill} ${quote([file])} --errors`,
    note: '',
  }));
}
