/** Tokens per [episode][layer][expert], row-major. */
export interface Load {
  readonly episodes: number;
  readonly layers: number;
  readonly experts: number;
  readonly tokens: Float64Array;
}

/** Which logical expert sits in each slot: [layer][rank][slot]; layers may differ in slots per rank. -1: an empty slot. */
export interface Placement {
  readonly layers: number;
  readonly ranks: number;
  readonly experts: number;
  /** [layer] */
  readonly slotsPerRank: Int32Array;
  /** [layer + 1], index of a layer's first slot in `slotExpert` */
  readonly layerOffset: Int32Array;
  readonly slotExpert: Int32Array;
}

/**
 * How an expert's tokens are shared among its replicas.
 * - uniform: 1/replicas each.
 * - affine: each source rank uses one fixed replica: its own, else same-host [rank % n], else any [rank % n].
 * - joint: uniform and affine optimised together, for deployments whose routing isn't known.
 * - fractional: the best split there is (linear program). An evaluation; the solver places for `uniform` under it.
 */
export type Split = 'uniform' | 'affine' | 'joint' | 'fractional';

/** What is minimised over the episodes of a layer: the mean of PAR, its maximum, or a quantile in (0, 1). */
export type Objective = 'mean' | 'max' | { readonly quantile: number };

/** Experts that may arrive on ranks that did not hold them before. */
export interface MoveBudget {
  readonly perLayer?: number | undefined;
  /** on one rank, in one layer */
  readonly perRank?: number | undefined;
  /** over all layers */
  readonly total?: number | undefined;
}

export interface PlacementProblem {
  readonly load: Load;
  readonly ranks: number;
  /** one number for all layers, or one per layer; default ceil(experts / ranks) */
  readonly slotsPerRank?: number | Int32Array | undefined;
  /** slots over all layers and ranks, handed to the layers where they pay; instead of `slotsPerRank` */
  readonly slotBudget?: number | undefined;
  /** default 16 */
  readonly ranksPerHost?: number | undefined;
  /** [rank], relative speed of each die; default all equal */
  readonly capability?: Float64Array | undefined;
  /** most copies of one expert, at most `ranks` */
  readonly maxReplicas?: number | undefined;
  readonly old?: Placement | undefined;
  readonly maxMoves?: MoveBudget | undefined;
  /** default 'joint' */
  readonly split?: Split | undefined;
  /** default 'mean' */
  readonly objective?: Objective | undefined;
  /** any one rank (host) may be lost and every expert is still there, as far as slots allow */
  readonly cover?: 'rank' | 'host' | undefined;
  /** layers of the old placement whose PAR is at most this stay as they are */
  readonly parThreshold?: number | undefined;
  /** a layer changes only when its PAR falls by at least this */
  readonly minGain?: number | undefined;
  /** PAR that one moved expert must earn in its layer; default 1e-4 */
  readonly moveCost?: number | undefined;
  /** [layer] or for all layers: with `old`, no more moves than this PAR needs */
  readonly targetPar?: number | Float64Array | undefined;
  readonly seed?: number | undefined;
  /** of a model whose layers are solved in parts: the load's first layer in it, so that the parts are those of the whole */
  readonly firstLayer?: number | undefined;
  /** 0: the fast mode; 1: best quality within the documented times (default); above: proportionally more search */
  readonly effort?: number | undefined;
  /** asked between units of work; true ends the search early with what there is, and the report says so */
  readonly shouldStop?: (() => boolean) | undefined;
}

/** Arrays are [layer]. PAR is peak over average of capability-weighted rank load, >= 1. */
export interface Report {
  readonly split: Split;
  /** of the load summed over episodes */
  readonly parUniform: Float64Array;
  readonly parAffine: Float64Array;
  /** the objective over episodes, under the split solved for */
  readonly parEpisodes: Float64Array;
  /** same, of the old placement (of the base placement when there is none) */
  readonly parBefore: Float64Array;
  /** no placement of this shape has a lower parEpisodes */
  readonly lowerBound: Float64Array;
  readonly movedExperts: Int32Array;
  readonly layersChanged: number;
  /** experts all of whose copies stand on one rank (host); never below max(0, 2 * experts - slots) */
  readonly uncoveredIfOneRankLost: Int32Array;
  readonly uncoveredIfOneHostLost: Int32Array;
  /** share of tokens under affine routing that leave their source's host */
  readonly crossHostShare: number;
  readonly stoppedEarly: boolean;
  /** layers whose optimum is proven (exact search, or the bound is met) */
  readonly provenLayers: number;
}

export type PlacementErrorCode =
  | 'bad-load'
  | 'bad-shape'
  | 'too-few-slots'
  | 'bad-option'
  | 'bad-placement'
  | 'bad-file'
  | 'infeasible';

export class PlacementError extends Error {
  readonly code: PlacementErrorCode;

  constructor(code: PlacementErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PlacementError';
    this.code = code;
  }
}
