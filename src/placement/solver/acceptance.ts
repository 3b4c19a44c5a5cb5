import { ALL, type OpenSlots } from './openSlots.ts';
import type { Random } from './random.ts';
import { overloadIf, type WhatIf } from './whatIf.ts';

/** Whether what is thought of is worth so many arrivals. If so, the load above the target is noted. */
export function isAccepted(anneal: Anneal, arrivals: number): boolean {
  const { state, trial, random, price } = anneal;
  const limit = state.over[ALL]! + (PATIENCE[random.below(QUANTILES)]! - arrivals) / price;
  if (limit <= 0) return false;
  const over = overloadIf(trial, limit);
  if (over >= limit) return false;
  state.over[ALL] = over;
  return true;
}

export interface Anneal {
  readonly state: OpenSlots;
  readonly trial: WhatIf;
  readonly random: Random;
  /** arrivals per mean rank load above the target */
  price: number;
}

/** in arrivals */
const TEMPERATURE = 0.15;
const QUANTILES = 1024;
/** Quantiles of the exponential distribution times the temperature, as means of order statistics: no logarithm needed. */
const PATIENCE = exponentialQuantiles();

function exponentialQuantiles(): Float64Array {
  const quantiles = new Float64Array(QUANTILES);
  let sum = 0;
  for (let i = 0; i < QUANTILES; i++) {
    sum += 1 / (QUANTILES - i);
    quantiles[i] = sum * TEMPERATURE;
  }
  return quantiles;
}
