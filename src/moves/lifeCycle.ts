import type { Placement } from '../placement/index.ts';

/** The instance that is simulated. */
export interface Shape {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly ranksPerHost: number;
}

/** How tokens find a replica: by hash of the token, or one fixed replica per source rank, by place or by number. */
export type Routing = 'uniform' | 'affine' | 'by-rank';

/** One forward pass. */
export interface Pass {
  /** `dummy`: a rank without requests keeps the others company; `profile`: the engine measures its memory at start */
  readonly kind: 'real' | 'dummy' | 'profile';
  readonly phase: 'prefill' | 'decode';
  /** [rank], 1 where a rank of a real pass has no requests of its own */
  readonly dummyRanks?: Uint8Array | undefined;
  /** [layer][expert], routed in this pass */
  readonly tokens: Float64Array;
  /** [layer][rank][slot] of the placement in service: what the engine counts; set when the pass has run */
  readonly slotTokens: Float64Array;
}

/** An expert's weights on their way from rank to rank. */
export interface Hop {
  readonly expert: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What a life cycle does beside the passes.
 * - plan: a solver runs; `blocking` when the passes wait for it.
 * - wait: the passes wait for a planner that is not done.
 * - move: weights travel while nothing else runs (`stall`), beside one pass that waits for them (`pass`), or behind
 *   the passes (`background`).
 * - copy: staged weights are copied into place on their rank while the passes wait.
 * - commit: the layer's new placement serves from now on.
 */
export type Action =
  | { readonly kind: 'plan'; readonly us: number; readonly blocking: boolean }
  | { readonly kind: 'wait'; readonly us: number }
  | {
      readonly kind: 'move';
      readonly layer: number;
      readonly hops: readonly Hop[];
      readonly us: number;
      readonly how: 'stall' | 'pass' | 'background';
    }
  | { readonly kind: 'copy'; readonly us: number }
  | { readonly kind: 'commit'; readonly layer: number }
  | { readonly kind: 'record' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'log'; readonly average: number; readonly highest: number; readonly balancedness: number };

/** What planning and moving take, by the cost model. */
export interface Costs {
  /** solver over `layers` layers */
  planUs(solver: string, layers: number): number;
  /** of one layer's (or batch's) transfers at once */
  moveUs(hops: readonly Hop[]): number;
  /** what passes lose to a transfer of that length behind them */
  hiddenUs(moveUs: number): number;
  /** staged experts copied into place on the busiest rank */
  copyUs(hops: readonly Hop[]): number;
  /** one pass of one layer, [expert] tokens on [rank][slot] */
  layerUs(tokens: Float64Array, slots: Int32Array): number;
}

/** A state machine on a logical clock, called around each pass. It owns the placement in service. */
export interface LifeCycle {
  readonly placement: Placement;
  readonly routing: Routing;
  before(pass: Pass, nowUs: number): readonly Action[];
  after(pass: Pass, nowUs: number): readonly Action[];
}

/** What a user's trace or settings can't be simulated with, or what the engine itself would do with them. */
export class SimulationError extends Error {
  readonly code: 'bad-trace' | 'bad-settings' | 'bad-cost-model';

  constructor(code: SimulationError['code'], message: string) {
    super(message);
    this.name = 'SimulationError';
    this.code = code;
  }
}
