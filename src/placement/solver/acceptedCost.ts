import type { Random } from '../random.ts';

/** in arrivals */
const TEMPERATURE = 0.15;
/** of the table that draws are taken from */
const QUANTILES = 1024;
/** Quantiles of the exponential distribution times the temperature, as means of order statistics: no logarithm needed. */
const ACCEPTED_COSTS = exponentialQuantiles();

/** What a change may cost in one draw of simulated annealing, in arrivals: exponentially distributed. */
export function drawAcceptedCost(random: Random): number {
  return ACCEPTED_COSTS[random.below(QUANTILES)]!;
}

function exponentialQuantiles(): Float64Array {
  const quantiles = new Float64Array(QUANTILES);
  let sum = 0;
  for (let i = 0; i < QUANTILES; i++) {
    sum += 1 / (QUANTILES - i);
    quantiles[i] = sum * TEMPERATURE;
  }
  return quantiles;
}
