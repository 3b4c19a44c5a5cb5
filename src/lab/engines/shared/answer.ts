import type { ServerResponse } from 'node:http';
import type { JsonObject } from './json.ts';
import type { GenerationRequest } from './request.ts';

/** Writes an answer in OpenAI's form: one document, or server-sent events. */
export class Answer {
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

  end(finished: string, kvTransfer: JsonObject | null): void {
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
