import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { GenerationRequest } from '../../shared/request.ts';
import { answerTokens, contextHashes } from '../../shared/text.ts';
import type { JsonObject } from '../rank/arguments.ts';
import type { Engine } from './engine.ts';
import { pullKvCache } from './kvStore.ts';

const TOKENS_PER_TURN = 256; // of a prompt, before other requests get the event loop

/** Answers one request: prefill ranks run the prompt and keep its cache, decode ranks pull the cache and run the answer. */
export async function answerRequest(
  engine: Engine,
  request: GenerationRequest,
  response: ServerResponse,
): Promise<void> {
  const id = `${request.kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`;
  const { counters, rank } = engine;
  const contexts = contextHashes(request.promptTokens);
  const prompt = contexts.at(-1)!;
  const skew = request.skew ?? engine.skew;
  const route = (context: number) => engine.activation?.route(context, skew, request.drift);

  if (rank.kvRole === 'kv_consumer') await pullKvCache(request.kvTransfer, prompt, engine.tables!);
  else await runPrompt(engine, contexts, route);
  counters.promptTokens += request.promptTokens.length;

  const prefillOnly = rank.kvRole === 'kv_producer';
  const words = answerTokens(prompt, prefillOnly ? 1 : request.maxTokens, request.ignoreEos);
  const answer = new Answer(engine.servedModelName, id, request, response);
  for (const [at, word] of words.entries()) {
    if (response.destroyed) return;
    if (at > 0 && engine.tokenMs > 0) await delay(engine.tokenMs);
    if (!prefillOnly) {
      await engine.turnstile.pass();
      route(contextHashes([`${prompt}`, word, `${at}`]).at(-1)!);
    }
    counters.generationTokens++;
    answer.add(word);
  }
  const finished = prefillOnly || words.length === request.maxTokens ? 'length' : 'stop';
  answer.end(finished, engine.kvStore?.keep(id, prompt) ?? null);
  counters.finished[finished]++;
}

async function runPrompt(engine: Engine, contexts: readonly number[], route: (context: number) => void): Promise<void> {
  if (!engine.activation) return;
  for (const [at, context] of contexts.entries()) {
    if (at > 0 && at % TOKENS_PER_TURN === 0) await delay(0);
    if (at % TOKENS_PER_TURN === 0) await engine.turnstile.pass();
    route(context);
  }
}

/** Writes an answer in OpenAI's form: one document, or server-sent events. */
class Answer {
  readonly #head: JsonObject;
  readonly #request: GenerationRequest;
  readonly #response: ServerResponse;
  readonly #words: string[] = [];

  constructor(model: string, id: string, request: GenerationRequest, response: ServerResponse) {
    const object = request.kind === 'completion' ? 'text_completion' : chatObject(request.stream);
    this.#head = { id, object, created: Math.floor(Date.now() / 1000), model };
    this.#request = request;
    this.#response = response;
  }

  add(word: string): void {
    if (this.#request.stream) this.#event(this.#delta(word, this.#words.length === 0, null));
    this.#words.push(word);
  }

  end(finished: 'length' | 'stop', kvTransfer: JsonObject | null): void {
    const { kind, stream, includeUsage } = this.#request;
    if (stream) {
      this.#event(this.#delta('', false, finished), kvTransfer);
      if (includeUsage) this.#write({ ...this.#head, choices: [], usage: this.#usage() });
      this.#response.end('data: [DONE]\n\n');
      return;
    }
    const text = this.#words.join('');
    const content = kind === 'chat' ? { message: { role: 'assistant', content: text } } : { text };
    const choice = { index: 0, ...content, logprobs: null, finish_reason: finished };
    const body = { ...this.#head, choices: [choice], usage: this.#usage(), kv_transfer_params: kvTransfer };
    this.#response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #delta(word: string, first: boolean, finished: string | null) {
    const content =
      this.#request.kind === 'chat'
        ? { delta: first ? { role: 'assistant', content: word } : { content: word } }
        : { text: word };
    return { index: 0, ...content, logprobs: null, finish_reason: finished };
  }

  #event(choice: unknown, kvTransfer: JsonObject | null = null): void {
    this.#write({ ...this.#head, choices: [choice], ...(kvTransfer && { kv_transfer_params: kvTransfer }) });
  }

  #write(document: unknown): void {
    if (!this.#response.headersSent)
      this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    this.#response.write(`data: ${JSON.stringify(document)}\n\n`);
  }

  #usage() {
    const prompt = this.#request.promptTokens.length;
    const completion = this.#words.length;
    return { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion };
  }
}

function chatObject(stream: boolean): string {
  return stream ? 'chat.completion.chunk' : 'chat.completion';
}
