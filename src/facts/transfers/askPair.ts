import { randomUUID } from 'node:crypto';
import {
  answerWords,
  type CompletionExtras,
  type CompletionLimits,
  type CompletionWish,
  complete,
} from '../../transport/completion.ts';
import { firstToken } from '../../transport/firstToken.ts';
import type { OpenHost } from '../../transport/host.ts';
import type { Pair, PairServer } from '../../engines/pairs.ts';
import type { PairStatus } from '../../operations/status/types.ts';

/** One token of a prefill and a decode server, as the router would get it. @param limits of each of the two requests */
export async function askPair(
  { protocol, prefill, decode }: Pair,
  wanted: Omit<CompletionWish, 'port'>,
  open: OpenHost,
  limits: () => Promise<CompletionLimits>,
): Promise<PairStatus> {
  const names = { prefill: prefill.node, decode: decode.node };
  const headers = { 'x-request-id': randomUUID() };
  const failed = (fault: PairServer, problem: string) => ({ ...names, fault: fault.node, problem });
  const ask = async (how: typeof complete, server: PairServer, body: NonNullable<CompletionExtras['body']>) => {
    const given = await limits();
    const host = await open(server.host, given.signal);
    return how(host, { ...wanted, port: server.port }, given, { headers, body });
  };
  let asked = prefill;
  try {
    const prefilled = await ask(complete, prefill, protocol.prefill);
    if (prefilled.status !== 200) return failed(prefill, answerWords(prefill.node, prefilled));
    const body = protocol.decode(prefilled.body);
    if (body === null) return failed(prefill, `${prefill.node} answered without a KV cache for ${decode.node}`);
    asked = decode;
    const decoded = await ask(firstToken, decode, body);
    return decoded.text ? { ...names, fault: null, problem: null } : failed(decode, answerWords(decode.node, decoded));
  } catch (error) {
    return failed(asked, error instanceof Error ? error.message : String(error));
  }
}
