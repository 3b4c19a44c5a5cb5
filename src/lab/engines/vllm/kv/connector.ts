import type { JsonObject } from '../../shared/json.ts';
import type { CoreRequest, FinishReason } from '../core/engineCore.ts';

/** A rank's side of the transfer of KV caches. */
export interface Connector {
  /**
   * Fetches what others have of a prompt; gives how many of its tokens came.
   * @param computed tokens that the rank has already
   * @throws TransferFailed, and CoreDeath for what an original does not survive
   */
  take(request: CoreRequest, computed: number, signal: AbortSignal): Promise<number>;
  /** Keeps the prompt's cache where the request asks for that; gives its part of the answer. */
  give(request: CoreRequest, finished: FinishReason): JsonObject | null;
  keptTokens(): number;
  /** Caches that nobody came for in time. */
  readonly expired: number;
}

/** The rank continues; the request ends by `kv_load_failure_policy`. */
export class TransferFailed extends Error {}
