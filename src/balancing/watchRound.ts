import type { BalanceRecord } from './record.ts';
import type { WatchNote } from './watchAdvance.ts';
import type { WatchDecision } from './watchDecide.ts';
import type { InstanceState } from './watchState.ts';

/** One instance after a round. */
export interface InstanceRound {
  readonly name: string;
  readonly target: string;
  readonly host: string;
  /** Why nothing new is known of it; null: it was looked at. */
  readonly problem: string | null;
  readonly state: InstanceState;
  readonly newWindows: number;
  /** of the newest window; null: never seen any */
  readonly ageSeconds: number | null;
  /** No window came for longer than windows take to come. */
  readonly stalled: boolean;
  /** Null: nothing new to decide on. */
  readonly decision: WatchDecision | null;
  readonly notes: readonly WatchNote[];
}

export interface WatchRound {
  /** ISO 8601 */
  readonly at: string;
  readonly round: number;
  readonly durationMs: number;
  /** none, where restarts are told */
  readonly instances: readonly InstanceRound[];
  /** What was rolled out by restarts after this round. */
  readonly restarts: readonly BalanceRecord[];
  /** What went wrong beside single instances. */
  readonly problems: readonly string[];
}
