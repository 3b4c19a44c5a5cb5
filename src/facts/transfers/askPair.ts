import { randomUUID } from 'node:crypto';
import type { Pair, PairServer } from '../../engines/pairs.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import type { NodeName } from '../../topology/topology.ts';
import {
  ALL_TOKENS,
  answerWords,
  type CompletionExtras,
  type CompletionLimits,
  type CompletionWish,
  complete,
  hasToken,
  promptTokensIn,
} from '../../transport/completion.ts';
import type { OpenHost } from '../../transport/host.ts';
import { PrefilledShape } from '../../transport/transport.gen.ts';
import { handoverFrom } from './handover.ts';

/** How one prefill and one decode instance answered when they were asked without the router. */
export interface PairStatus {
  readonly prefill: NodeName;
  readonly decode: NodeName;
  /** The one that failed; null: a token came, or it is not known. */
  readonly fault: NodeName | null;
  /** Null: a token came. */
  readonly problem: string | null;
}

export interface PairAnswer {
  readonly status: PairStatus;
  /** As prefill counted them; null: it didn't say. */
  readonly promptTokens: number | null;
  /** Prefill answered, and without a KV cache. Of other failures nothing follows about the transfer: a server may be busy, or start. */
  readonly isWithoutCache: boolean;
}

/** One token of a prefill and a decode server, as the router would get it. @param limits of each of the two requests */
export async function askPair(
  { protocol, prefill, decode }: Pair,
  wanted: Omit<CompletionWish, 'port'>,
  open: OpenHost,
  limits: () => Promise<CompletionLimits>,
): Promise<PairAnswer> {
  const names = { prefill: prefill.node, decode: decode.node };
  const headers = { 'x-request-id': randomUUID() };
  let promptTokens: number | null = null;
  const failed = (fault: PairServer, problem: string, isWithoutCache = false) => ({
    status: { ...names, fault: fault.node, problem },
    promptTokens,
    isWithoutCache,
  });
  const ask = async (server: PairServer, { body, headers: more }: CompletionExtras) => {
    const given = await limits();
    const host = await open(server.host, given.signal);
    const extras = { body: { ...ALL_TOKENS, ...body }, headers: { ...headers, ...more } };
    return complete(host, { ...wanted, port: server.port }, given, extras);
  };
  let asked = prefill;
  try {
    const { bootstrapPort } = prefill;
    const handover =
      bootstrapPort === undefined ? null : await handoverFrom({ ...prefill, bootstrapPort }, open, await limits());
    if (typeof handover === 'string') return failed(prefill, handover);
    const extras = { ...handover?.prefill, body: { ...protocol.prefill, ...handover?.prefill.body } };
    const prefilled = await ask(prefill, extras);
    if (prefilled.status !== 200) return failed(prefill, answerWords(prefill.node, prefilled));
    promptTokens = promptTokensIn(prefilled.body);
    const body = handover?.decode ?? handedOver(prefilled.body);
    if (body === null) return failed(prefill, `${prefill.node} answered without a KV cache for ${decode.node}`, true);
    asked = decode;
    const decoded = await ask(decode, { body });
    if (!hasToken(decoded)) return failed(decode, answerWords(decode.node, decoded));
    return { status: { ...names, fault: null, problem: null }, promptTokens, isWithoutCache: false };
  } catch (error) {
    return failed(asked, error instanceof Error ? error.message : String(error));
  }
}

function handedOver(answered: string): NonNullable<CompletionExtras['body']> | null {
  const found = parseLoosely(answered, PrefilledShape);
  return found === null ? null : { kv_transfer_params: found.kv_transfer_params };
}
