import {
  type CompletionAnswer,
  type CompletionExtras,
  type CompletionLimits,
  type CompletionWish,
  completionRequest,
  completionText,
} from './completion.ts';
import type { RemoteHost } from './host.ts';
import { request } from './http.ts';

/**
 * As `complete`, but streamed, and done when the first token is there: `text` is that token, and `tookMs` the time until it came.
 * A server that does not stream answers in one piece.
 * @throws HttpError, TransportError
 */
export async function firstToken(
  host: RemoteHost,
  wish: CompletionWish,
  limits: CompletionLimits,
  extras: CompletionExtras = {},
): Promise<CompletionAnswer> {
  const begunMs = performance.now();
  const { status, body } = await request(host, {
    ...completionRequest(wish, limits, { ...extras, body: { stream: true, ...extras.body } }),
    isEnough: (soFar) => streamedToken(soFar) !== null,
  });
  const text = status === 200 ? (streamedToken(body) ?? completionText(body)) : null;
  return { status, body, text, tookMs: Math.round(performance.now() - begunMs) };
}

/** The first text in a stream of events, as far as it has come; null: none yet. */
function streamedToken(body: string): string | null {
  for (const [, data] of body.matchAll(/^data: ?(\{.*\})\r?$/gm)) {
    const text = completionText(data!);
    if (text !== null && text !== '') return text;
  }
  return null;
}
