import { parseLoosely } from '../files/parseJson.ts';
import type { RemoteHost } from './host.ts';
import { type HttpRequest, request } from './http.ts';
import { ApiErrorShape, CompletionShape, UsageShape } from './transport.gen.ts';

/** What to complete, and where. */
export interface CompletionWish {
  readonly port: number;
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
}

export interface CompletionAnswer {
  readonly status: number;
  readonly body: string;
  /** Of the first choice; null if the answer is not a completion. */
  readonly text: string | null;
  readonly tookMs: number;
}

export interface CompletionLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Null, or absent: the request carries none. */
  readonly apiKey?: string | null;
}

/**
 * Asks a server of the host for a completion, the OpenAI way. An answer of 200 proves nothing: the token is in `text`.
 * @throws HttpError, TransportError
 */
export async function complete(
  host: RemoteHost,
  wish: CompletionWish,
  limits: CompletionLimits,
  extras: CompletionExtras = {},
): Promise<CompletionAnswer> {
  const begunMs = performance.now();
  const { status, body } = await request(host, completionRequest(wish, limits, extras));
  const text = status === 200 ? completionText(body) : null;
  return { status, body, text, tookMs: Math.round(performance.now() - begunMs) };
}

/** Why an answer does not prove that `called` serves, in its own words. */
export function answerWords(called: string, { status, body }: CompletionAnswer): string {
  if (status === 200) return `${called} answered 200 without a token`;
  const said = saidOf(body)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .replace(new RegExp(`^${status}\\b\\s*`), '')
    .slice(0, 1000);
  return `${called} answered ${status}${said === '' ? '' : `: ${said}`}`;
}

/** OpenAI's form of an error where it is one, else the first line. */
function saidOf(body: string): string {
  const said = parseLoosely(body, ApiErrorShape);
  // else a page of a proxy, or nothing
  return said?.error?.message ?? said?.message ?? withoutTags(body).split('\n', 1)[0] ?? '';
}

/** What a page shows: its title where it has one, else its text; anything else as it is. */
export function withoutTags(body: string): string {
  const text = body.trim();
  if (!/^<(?:!doctype|html|head|body|center|h1)\b/i.test(text)) return text;
  const [, title] = /<title>([^<]*)<\/title>/i.exec(text) ?? [];
  const shown = title ?? text.replaceAll(/<(script|style)\b.*?<\/\1>/gis, ' ').replaceAll(/<[^>]*>/g, ' ');
  return shown.replaceAll(/\s+/g, ' ').trim();
}

/**
 * Whether an answer contains at least one token. Its text may be empty: a token of the end of a text has none, and half of a character neither.
 * Pure.
 */
export function hasToken({ status, text, body }: CompletionAnswer): boolean {
  return Boolean(text) || (status === 200 && (usageIn(body)?.completion_tokens ?? 0) >= 1);
}

/** Null: the answer does not contain it. */
export function promptTokensIn(body: string): number | null {
  return usageIn(body)?.prompt_tokens ?? null;
}

function usageIn(body: string) {
  return parseLoosely(body, UsageShape)?.usage ?? null;
}

/** For the body of a request: all of its tokens are wanted. One that ends earlier keeps no KV cache for decode. */
export const ALL_TOKENS = { ignore_eos: true };

/** What a completion's request has besides the wish. */
export interface CompletionExtras {
  /** Further keys of its body; they go before those of the wish. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function completionRequest(
  wish: CompletionWish,
  { apiKey = null, ...limits }: CompletionLimits,
  { body = {}, headers = {} }: CompletionExtras = {},
): HttpRequest {
  const key = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  return {
    port: wish.port,
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/json', ...key, ...headers },
    body: bodyOf(wish, body),
    ...limits,
  };
}

/** The request as it is shown. */
export function completionCommand(host: RemoteHost, wish: CompletionWish): string {
  return `POST http://${host.address}:${wish.port}${PATH} ${bodyOf(wish)}`;
}

const PATH = '/v1/completions';

// temperature 0: the same question brings the same token
function bodyOf({ model, prompt, maxTokens }: CompletionWish, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ model, prompt, max_tokens: maxTokens, temperature: 0, ...more });
}

/** Of the first choice; null: it is not a completion. */
export function completionText(body: string): string | null {
  return parseLoosely(body, CompletionShape)?.choices[0]?.text ?? null;
}
