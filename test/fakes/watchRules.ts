import type { DecideRules } from '../../src/balancing/watchDecide.ts';
import { DEFAULT_COST_MODEL } from '../../src/moves/costModel.ts';

/** By which a watcher decides, but for what its cluster is. */
export const WATCH_RULES: Omit<DecideRules, 'split' | 'ranksPerHost'> = {
  episodes: 2,
  cooldown: 3,
  parThreshold: 1.1,
  paybackMs: 300_000,
  maySpare: true,
  expertShare: 0.4,
  cost: DEFAULT_COST_MODEL,
  seed: 0,
};
