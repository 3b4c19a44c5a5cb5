import type { JsonObject } from '../../shared/json.ts';

/** One data-parallel rank, here or in another process: it runs requests. */
export interface EngineCore {
  readonly rank: number;
  /** @param onToken each output token as it comes. An abort ends it soon, as `abort`. */
  run(request: CoreRequest, onToken: (word: string) => void, signal: AbortSignal): Promise<CoreResult>;
  /** As of now, or as last heard. */
  state(): CoreState;
}

export interface CoreRequest {
  readonly id: string;
  readonly promptTokens: readonly string[];
  readonly maxTokens: number;
  readonly ignoreEos: boolean;
  readonly kvTransfer: JsonObject | null;
}

export type FinishReason = 'length' | 'stop' | 'abort' | 'error';

export interface CoreResult {
  readonly finished: FinishReason;
  /** What a decode instance finds in the answer. */
  readonly kvTransfer: JsonObject | null;
  /** Prompt tokens of the rank's own prefix cache, and those that came from elsewhere. */
  readonly cachedTokens: number;
  readonly externalTokens: number;
  readonly failedTransfers: number;
}

export interface CoreState {
  /** Of the KV cache, from 0 to 1. */
  readonly usage: number;
  /** Caches kept for a decode instance that never came for them. */
  readonly expired: number;
}

/** The rank has to end: what Python would raise, as class and message. */
export class CoreDeath extends Error {
  readonly exception: string;

  constructor(exception: string, message = '') {
    super(message);
    this.exception = exception;
  }
}
