import { randomUUID } from 'node:crypto';
import type { Pair, PairServer } from '../../engines/pairs.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import type { NodeName } from '../../topology/topology.ts';
import {
  answerWords,
  type CompletionExtras,
  type CompletionLimits,
  type CompletionWish,
  complete,
} from '../../transport/completion.ts';
import { firstToken } from '../../transport/firstToken.ts';
import type { OpenHost } from '../../transport/host.ts';
import { HttpError } from '../../transport/http.ts';
import { PrefilledShape, PromptCountShape } from '../../transport/transport.gen.ts';
import { DENIED } from '../servers/probeServers.ts';
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
  /** The one that failed did not answer in time, or needs another key: nothing follows about the transfer. */
  readonly isUnsure: boolean;
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
  const failed = (fault: PairServer, problem: string, isUnsure = false) => ({
    status: { ...names, fault: fault.node, problem },
    promptTokens,
    isUnsure,
  });
  const ask = async (how: typeof complete, server: PairServer, extras: CompletionExtras) => {
    const given = await limits();
    const host = await open(server.host, given.signal);
    return how(host, { ...wanted, port: server.port }, given, {
      ...extras,
      headers: { ...headers, ...extras.headers },
    });
  };
  let asked = prefill;
  try {
    const { bootstrapPort } = prefill;
    const handover =
      bootstrapPort === undefined ? null : await handoverFrom({ ...prefill, bootstrapPort }, open, await limits());
    if (typeof handover === 'string') return failed(prefill, handover);
    const extras = { ...handover?.prefill, body: { ...protocol.prefill, ...handover?.prefill.body } };
    const prefilled = await ask(complete, prefill, extras);
    if (prefilled.status !== 200)
      return failed(prefill, answerWords(prefill.node, prefilled), DENIED.includes(prefilled.status));
    promptTokens = promptTokensIn(prefilled.body);
    const body = handover?.decode ?? handedOver(prefilled.body);
    if (body === null) return failed(prefill, `${prefill.node} answered without a KV cache for ${decode.node}`);
    asked = decode;
    const decoded = await ask(firstToken, decode, { body });
    if (!decoded.text) return failed(decode, answerWords(decode.node, decoded), DENIED.includes(decoded.status));
    return { status: { ...names, fault: null, problem: null }, promptTokens, isUnsure: false };
  } catch (error) {
    const isUnsure = error instanceof HttpError && error.code === 'timeout';
    return failed(asked, error instanceof Error ? error.message : String(error), isUnsure);
  }
}

function handedOver(answered: string): NonNullable<CompletionExtras['body']> | null {
  const found = parseLoosely(answered, PrefilledShape);
  return found === null ? null : { kv_transfer_params: found.kv_transfer_params };
}

/** Null: the answer does not contain it. */
export function promptTokensIn(body: string): number | null {
  return parseLoosely(body, PromptCountShape)?.usage.prompt_tokens ?? null;
}
