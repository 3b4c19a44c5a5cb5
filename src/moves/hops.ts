import { planLayer } from '../placement/index.ts';
import type { Hop } from './lifeCycle.ts';

/** As our own plans choose them: from the receiver's host where it can be, from the idlest holder. */
export function balancedHops(old: Int32Array, next: Int32Array, ranks: number, ranksPerHost: number): readonly Hop[] {
  return planLayer(0, old, next, ranks, { ranksPerHost }).transfers;
}
