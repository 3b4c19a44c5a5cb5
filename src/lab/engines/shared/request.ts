import { ApiError, badRequest } from './apiError.ts';
import type { JsonObject } from './json.ts';
import { tokenize } from './text.ts';

/** A completion or chat request, checked. */
export interface GenerationRequest {
  readonly kind: 'completion' | 'chat';
  readonly promptTokens: readonly string[];
  readonly maxTokens: number;
  readonly ignoreEos: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly kvTransfer: JsonObject | null;
  /** Skew of the gate this request asks for (vLLM's `vllm_xargs`); null: the engine's. */
  readonly skew: number | null;
  /** How far the traffic has drifted from where it began; fractions lie between. */
  readonly drift: number;
}

const DEFAULT_COMPLETION_TOKENS = 16;

export function parseGeneration(
  kind: GenerationRequest['kind'],
  body: JsonObject,
  servedModelName: string,
  maxModelLen: number,
): GenerationRequest {
  if (body.model !== undefined && body.model !== servedModelName) {
    throw new ApiError(404, 'NotFoundError', `The model \`${body.model}\` does not exist.`);
  }
  const promptTokens = kind === 'chat' ? chatTokens(body.messages) : completionTokens(body.prompt);
  const asked = body.max_completion_tokens ?? body.max_tokens;
  const room = maxModelLen - promptTokens.length;
  const maxTokens = asked == null ? (kind === 'chat' ? room : DEFAULT_COMPLETION_TOKENS) : Number(asked);
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw badRequest(`max_tokens must be at least 1, got ${asked}.`);
  if (maxTokens > room || room < 1) {
    throw badRequest(
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${promptTokens.length + maxTokens} tokens (${promptTokens.length} in the messages, ${maxTokens} in the completion). Please reduce the length of the messages or completion.`,
    );
  }
  const { lab_skew: skew, lab_drift: drift } = object(body.vllm_xargs) ?? {};
  return {
    kind,
    promptTokens,
    maxTokens,
    ignoreEos: body.ignore_eos === true,
    stream: body.stream === true,
    includeUsage: object(body.stream_options)?.include_usage === true,
    kvTransfer: object(body.kv_transfer_params),
    skew: typeof skew === 'number' ? skew : null,
    drift: typeof drift === 'number' && drift >= 0 ? drift : 0,
  };
}

function completionTokens(prompt: unknown): string[] {
  if (typeof prompt === 'string' && prompt !== '') return tokenize(prompt);
  if (Array.isArray(prompt) && prompt.length > 0) {
    if (prompt.every((id) => Number.isInteger(id))) return prompt.map(String);
    if (prompt.length === 1) return completionTokens(prompt[0]);
    throw badRequest('the lab answers one prompt per request');
  }
  throw badRequest('Either prompt or prompt_embeds must be provided and non-empty.');
}

function chatTokens(messages: unknown): string[] {
  if (!Array.isArray(messages) || messages.length === 0) throw badRequest('messages must be a non-empty list.');
  const text = messages.map(
    (message) => `<${object(message)?.role ?? 'user'}> ${contentText(object(message)?.content)}`,
  );
  return tokenize(text.join('\n'));
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw badRequest('content of a message must be text.');
  return content.map((part) => String(object(part)?.text ?? '')).join('');
}

function object(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : null;
}
