/** Whether this is a run of `scripts/test --long`: more runs of each property, with a seed of its own. */
export const LONG = process.env.OMNIPLACE_LONG === '1';

/** Of everything random in a run's tests: fixed, but drawn and printed by `scripts/test --long`. */
export const SEED = Number(process.env.OMNIPLACE_SEED ?? 7);

/** Why a test is left out of every run but `scripts/test --long`. */
export const LONG_ONLY = 'takes long: scripts/test --long runs it';

/** How often a property is tried, for fast-check. */
export function runs(usually: number, atLength: number): { readonly numRuns: number } {
  return { numRuns: LONG ? atLength : usually };
}
