import { setTimeout as delay } from 'node:timers/promises';
import { logError, logWarning } from '../../shared/log.ts';
import { answerTokens, contextHashes } from '../../shared/text.ts';
import { type Connector, TransferFailed } from '../kv/connector.ts';
import type { CoreRequest, CoreResult, CoreState, EngineCore, FinishReason } from './engineCore.ts';
import { PrefixCache } from './prefixCache.ts';

const KV_CACHE_TOKENS = 1 << 17;
/** Prompt tokens computed in the time of one output token. */
const PREFILL_SPEED = 256;

export interface CoreOptions {
  readonly rank: number;
  readonly blockSize: number;
  readonly prefixCaching: boolean;
  readonly tokenMs: number;
  readonly onLoadFailure: 'fail' | 'recompute';
  /** null without a KV connector. */
  readonly connector: Connector | null;
  /** Ends the process: no request can be run any more. */
  readonly die: (cause: unknown) => void;
}

/** A rank of this process. */
export class LocalCore implements EngineCore {
  readonly rank: number;
  readonly #options: CoreOptions;
  readonly #cache: PrefixCache;
  #tokens = 0;
  #active = 0;

  constructor(options: CoreOptions) {
    this.rank = options.rank;
    this.#options = options;
    this.#cache = new PrefixCache(options.blockSize, options.prefixCaching);
  }

  /** Requests that it runs. */
  get active(): number {
    return this.#active;
  }

  state(): CoreState {
    const { connector } = this.#options;
    const used = this.#tokens + (connector?.keptTokens() ?? 0);
    return { usage: Math.min(1, used / KV_CACHE_TOKENS), expired: connector?.expired ?? 0 };
  }

  async run(request: CoreRequest, onToken: (word: string) => void, signal: AbortSignal): Promise<CoreResult> {
    const held = request.promptTokens.length;
    this.#tokens += held;
    this.#active++;
    try {
      return await this.#run(request, onToken, signal);
    } catch (cause) {
      if (signal.aborted) return ended('abort', 0, 0, 0);
      this.#options.die(cause);
      throw cause;
    } finally {
      this.#tokens -= held;
      this.#active--;
    }
  }

  async #run(request: CoreRequest, onToken: (word: string) => void, signal: AbortSignal): Promise<CoreResult> {
    const { connector, onLoadFailure, tokenMs } = this.#options;
    const { promptTokens } = request;
    const cached = this.#cache.computed(promptTokens);
    let external = 0;
    let failed = 0;
    try {
      external = (await connector?.take(request, cached, signal)) ?? 0;
    } catch (cause) {
      if (!(cause instanceof TransferFailed)) throw cause;
      logError(`KV transfer of request ${request.id} failed: ${cause.message}`);
      failed = 1;
      if (onLoadFailure === 'fail') return ended('error', cached, 0, failed);
      logWarning(`request ${request.id} is recomputed here (kv_load_failure_policy=recompute)`);
    }
    const toCompute = promptTokens.length - cached - external;
    if (tokenMs > 0) await delay(tokenMs * (1 + Math.floor(toCompute / PREFILL_SPEED)), undefined, { signal });
    this.#cache.add(promptTokens);
    const words = answerTokens(contextHashes(promptTokens).at(-1)!, request.maxTokens, request.ignoreEos);
    for (const [at, word] of words.entries()) {
      if (at > 0) await delay(tokenMs, undefined, { signal });
      onToken(word);
    }
    const finished = words.length === request.maxTokens ? 'length' : 'stop';
    const kvTransfer = connector?.give(request, finished) ?? null;
    return { ...ended(finished, cached, external, failed), kvTransfer };
  }
}

function ended(
  finished: FinishReason,
  cachedTokens: number,
  externalTokens: number,
  failedTransfers: number,
): CoreResult {
  return { finished, kvTransfer: null, cachedTokens, externalTokens, failedTransfers };
}
