import type { LossOutcome } from './loss.ts';
import type { Policy } from './policies.ts';

/** Consecutive steps of one policy. */
export interface Point {
  readonly firstStep: number;
  readonly lastStep: number;
  /** mean over steps and layers, and the highest of a layer in a step */
  readonly parMean: number;
  readonly parMax: number;
  /** [rank], mean tokens of a step, over all layers */
  readonly rankTokens: readonly number[];
  /** [rank], mean tokens of a step in layer 0: sums over layers hide what PAR tells */
  readonly layer0RankTokens: readonly number[];
  readonly tokensPerSecond: number;
  readonly planStallMs: number;
  readonly moveStallMs: number;
  /** out of service, as ranks were lost */
  readonly outageMs: number;
  readonly bytesWithinHosts: number;
  readonly bytesAcrossHosts: number;
}

export interface Outcome {
  readonly policy: Policy;
  readonly steps: number;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly parMean: number;
  readonly parMax: number;
  readonly planStallSeconds: number;
  readonly moveStallSeconds: number;
  /** longest time by which one step was held up */
  readonly worstStallMs: number;
  readonly rearrangements: number;
  readonly layersChanged: number;
  readonly expertsMoved: number;
  readonly bytesWithinHosts: number;
  readonly bytesAcrossHosts: number;
  /** share of routed tokens that left their host */
  readonly acrossShare: number;
  /** null: nothing is lost */
  readonly loss: LossOutcome | null;
  readonly points: readonly Point[];
}
