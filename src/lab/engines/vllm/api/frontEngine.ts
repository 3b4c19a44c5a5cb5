import { Scheduler } from '../../shared/scheduler.ts';
import type { CoreRequest, CoreResult, EngineCore, FinishReason } from '../core/engineCore.ts';
import { newHistograms } from './histogram.ts';

/** A rank as the API server has it: its queue, and what is counted of it. */
export class FrontEngine {
  readonly core: EngineCore;
  readonly scheduler: Scheduler;
  readonly histograms = newHistograms();
  readonly finished: Record<FinishReason, number> = { stop: 0, length: 0, abort: 0, error: 0 };
  readonly counters = {
    prompt_tokens: 0,
    prompt_tokens_cached: 0,
    generation_tokens: 0,
    prefix_cache_queries: 0,
    prefix_cache_hits: 0,
    external_prefix_cache_queries: 0,
    external_prefix_cache_hits: 0,
    num_preemptions: 0,
  };
  failedTransfers = 0;
  transfers = 0;
  #running = 0;

  constructor(core: EngineCore, maxNumSeqs: number) {
    this.core = core;
    this.scheduler = new Scheduler(maxNumSeqs);
  }

  /** Requests that it has, those that wait counted more: where a new one should not go. */
  load(): number {
    return this.scheduler.waiting * 4 + this.#running;
  }

  async run(request: CoreRequest, onToken: (word: string) => void, signal: AbortSignal): Promise<CoreResult> {
    const asked = performance.now();
    this.#running++;
    try {
      return await this.scheduler.run(async () => {
        if (signal.aborted) return this.#end(request, ABORTED, asked, null);
        const times: number[] = [];
        this.histograms.request_queue_time_seconds.observe(since(asked));
        const noted = (word: string) => {
          this.#token(times, asked);
          onToken(word);
        };
        const result = await this.core.run(request, noted, signal);
        return this.#end(request, result, asked, times);
      });
    } finally {
      this.#running--;
    }
  }

  #token(times: number[], asked: number): void {
    const now = performance.now();
    if (times.length === 0) this.histograms.time_to_first_token_seconds.observe((now - asked) / 1000);
    else this.histograms.inter_token_latency_seconds.observe((now - times.at(-1)!) / 1000);
    times.push(now);
    this.counters.generation_tokens++;
  }

  #end(request: CoreRequest, result: CoreResult, asked: number, times: readonly number[] | null): CoreResult {
    this.finished[result.finished]++;
    this.histograms.e2e_request_latency_seconds.observe(since(asked));
    if (times === null) return result;
    const { counters } = this;
    const prompt = request.promptTokens.length;
    counters.prompt_tokens += prompt;
    counters.prompt_tokens_cached += result.cachedTokens + result.externalTokens;
    counters.prefix_cache_queries += prompt;
    counters.prefix_cache_hits += result.cachedTokens;
    counters.external_prefix_cache_queries += prompt - result.cachedTokens;
    counters.external_prefix_cache_hits += result.externalTokens;
    this.failedTransfers += result.failedTransfers;
    if (result.externalTokens > 0) this.transfers++;
    this.histograms.request_time_per_output_token_seconds.observe(timePerToken(times));
    return result;
  }
}

const ABORTED: CoreResult = {
  finished: 'abort',
  kvTransfer: null,
  cachedTokens: 0,
  externalTokens: 0,
  failedTransfers: 0,
};

/** Seconds; as vLLM counts it, 0 of a request of one token. */
function timePerToken(times: readonly number[]): number {
  return times.length > 1 ? (times.at(-1)! - times[0]!) / 1000 / (times.length - 1) : 0;
}

function since(asked: number): number {
  return (performance.now() - asked) / 1000;
}
