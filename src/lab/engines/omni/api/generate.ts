import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Answer } from '../../shared/answer.ts';
import type { GenerationRequest } from '../../shared/request.ts';
import { answerTokens, contextHashes } from '../../shared/text.ts';
import type { Engine, Latencies } from './engine.ts';
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
  let lastMs = performance.now();
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
    lastMs = observe(at === 0 ? counters.firstToken : counters.outputToken, lastMs);
    answer.add(word);
  }
  const finished = prefillOnly || words.length === request.maxTokens ? 'length' : 'stop';
  answer.end(finished, engine.kvStore?.keep(id, prompt) ?? null);
  counters.finished[finished]++;
}

/** Since the last token, or since the request began to run. */
function observe(latencies: Latencies, sinceMs: number): number {
  const nowMs = performance.now();
  latencies.sum += (nowMs - sinceMs) / 1000;
  latencies.count++;
  return nowMs;
}

async function runPrompt(engine: Engine, contexts: readonly number[], route: (context: number) => void): Promise<void> {
  if (!engine.activation) return;
  for (const [at, context] of contexts.entries()) {
    if (at > 0 && at % TOKENS_PER_TURN === 0) await delay(0);
    if (at % TOKENS_PER_TURN === 0) await engine.turnstile.pass();
    route(context);
  }
}
