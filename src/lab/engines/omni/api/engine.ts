import type { Scheduler } from '../../shared/scheduler.ts';
import type { Activation } from '../experts/activation.ts';
import type { Slots } from '../experts/slots.ts';
import type { Group } from '../group/group.ts';
import type { Rank } from '../rank/rank.ts';
import type { RankTables } from '../rank/rankTable.ts';
import type { Turnstile } from '../turnstile.ts';
import type { WindowHistory } from '../windows/history.ts';
import type { KvStore } from './kvStore.ts';

/** A loaded rank: all that answering a request takes. */
export interface Engine {
  readonly servedModelName: string;
  readonly maxModelLen: number;
  readonly rank: Rank;
  /** null without a KV connector. */
  readonly tables: RankTables | null;
  readonly kvStore: KvStore | null;
  /** null for a dense model. */
  readonly slots: Slots | null;
  readonly activation: Activation | null;
  readonly group: Group;
  readonly turnstile: Turnstile;
  /** Filled on rank 0. */
  readonly windows: WindowHistory;
  readonly scheduler: Scheduler;
  /** Exponent of the gate's zipf law. */
  readonly skew: number;
  /** Simulated time per output token. */
  readonly tokenMs: number;
  readonly startedS: number;
  readonly counters: Counters;
}

export interface Counters {
  promptTokens: number;
  generationTokens: number;
  readonly finished: { length: number; stop: number };
  readonly firstToken: Latencies;
  /** Between two tokens of a request. */
  readonly outputToken: Latencies;
}

/** Of all since the start, in seconds. */
export interface Latencies {
  sum: number;
  count: number;
}
