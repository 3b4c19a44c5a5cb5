import type { Objective } from '../types.ts';
import type { Point } from './front.ts';
import type { LayerSlots } from './layer.ts';
import type { RepairLimits } from './repairStep.ts';
import type { Planes } from './shareState.ts';

/** What is asked of the search for few moves in one layer. */
export interface FewMovesRequest {
  readonly kind: Planes;
  readonly objective: Objective;
  readonly old: LayerSlots;
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  /** a free solution, whose counts are among those tried */
  readonly free: LayerSlots;
  readonly limits: RepairLimits & {
    /** what is tried for at first: not below `target` */ readonly aim: number;
    /** moves that the budget has for a layer on average */ readonly expected: number;
    /** whether the moves for the target may exceed the budget */ readonly isTight: boolean;
  };
  readonly effort: number;
  /** the objective of the old placement */
  readonly oldPar: number;
  /** whether a placement moves as few experts as can be of any use */
  readonly isEnough: (point: Point) => boolean;
}
