import type { RestartWindow } from '../../../balancing/restartWindow.ts';
import type { DecideRules } from '../../../balancing/watchDecide.ts';
import type { ServerRole } from '../../../deployment/deployment.ts';
import type { BalanceChoices } from '../types.ts';

/** What the user decides; what a target adds is in {@link DecideRules}. */
export interface WatchChoices
  extends Omit<DecideRules, 'split' | 'ranksPerHost' | 'episodes' | 'seed' | 'expertShare' | 'maySpare'> {
  readonly role: ServerRole | 'all';
  readonly intervalMs: number;
  /** Null: nothing is ever restarted. */
  readonly restartWindow: RestartWindow | null;
  /** How a change is made where it takes a restart, and what both ways share: windows, expertShare, seed. */
  readonly restart: BalanceChoices;
}
