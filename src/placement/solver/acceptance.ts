import type { Random } from '../random.ts';
import { drawAcceptedCost } from './acceptedCost.ts';
import { ALL, type OpenSlots } from './openSlots.ts';
import { overloadAfter, type TrialChange } from './trialChange.ts';

/** Whether what is thought of is worth so many arrivals. If so, the load above the target is noted. */
export function isAccepted(anneal: Anneal, arrivals: number): boolean {
  const { state, trial, random, price } = anneal;
  const limit = state.over[ALL]! + (drawAcceptedCost(random) - arrivals) / price;
  if (limit <= 0) return false;
  const over = overloadAfter(trial, limit);
  if (over >= limit) return false;
  state.over[ALL] = over;
  return true;
}

export interface Anneal {
  readonly state: OpenSlots;
  readonly trial: TrialChange;
  readonly random: Random;
  /** arrivals per mean rank load above the target */
  price: number;
}
