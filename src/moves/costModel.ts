import type { Costs, Hop, Shape } from './lifeCycle.ts';

/**
 * What a pass and a move take. The defaults are a model of DeepSeek-V3's shape in 8 bits on dies of 64 GB at 1.2 TB/s:
 * stated, not measured. Measure yours and give them in a file.
 */
export interface CostModel {
  /** µs that a rank computes for one token of one expert, at full use */
  readonly computeUsPerToken: number;
  /** µs to read one expert's weights from the die's memory: an expert with any token costs at least this */
  readonly expertReadUs: number;
  /** µs of a layer beside its experts: attention, gate, launches */
  readonly otherUsPerLayer: number;
  /** µs of a pass outside its MoE layers */
  readonly otherUsPerPass: number;
  /** experts that a token goes to */
  readonly topK: number;
  /** bytes of one token to one expert and back: dispatch and combine */
  readonly tokenBytes: number;
  /** of one expert's weights in one layer, scales included */
  readonly expertBytes: number;
  /** GB/s of one rank, each way, to ranks of its host */
  readonly withinHostGBps: number;
  /** GB/s of one rank, each way, to other hosts */
  readonly acrossHostsGBps: number;
  /** GB/s of a copy within a die's memory */
  readonly copyGBps: number;
  /** µs to begin the transfers of a layer or batch */
  readonly moveLatencyUs: number;
  /** share of a transfer's time that passes running beside it lose */
  readonly contention: number;
  /** ms until a lost rank is known to be lost */
  readonly detectMs: number;
  /** ms to make the survivors' communication groups anew */
  readonly regroupMs: number;
  /** ms to make the survivors' maps and put them in force */
  readonly mapsMs: number;
  /** ms of an engine's start beside reading weights */
  readonly startMs: number;
  /** GB/s at which one rank reads weights from storage */
  readonly storageGBps: number;
  /** ms that a solver takes for 58 layers of 288 slots; others in proportion */
  readonly planMs: Readonly<Record<string, number>>;
}

export const DEFAULT_COST_MODEL: CostModel = {
  computeUsPerToken: 0.44, // 6 x 7168 x 2048 operations at 200 T/s
  expertReadUs: 36.7, // 3 x 7168 x 2048 bytes at 1.2 TB/s
  otherUsPerLayer: 250,
  otherUsPerPass: 2_000,
  topK: 8,
  tokenBytes: 21_504, // 7168 x (1 out + 2 back)
  expertBytes: 44_040_192,
  withinHostGBps: 150,
  acrossHostsGBps: 20,
  copyGBps: 600, // read and written
  moveLatencyUs: 500,
  contention: 0.2,
  detectMs: 10_000,
  regroupMs: 5_000,
  mapsMs: 20,
  startMs: 120_000,
  storageGBps: 2,
  planMs: {
    vllm: 50,
    'ascend-default': 190,
    swift: 300,
    flashlb: 900,
    'omni-dynamic': 200,
    omniplace: 500,
  },
};

/** The cost model for one shape and routing; `layerUs` is how a pass of a layer is priced. */
export function costsOf(model: CostModel, shape: Shape, layerUs: Costs['layerUs'], slotsPerRank: number): Costs {
  const size = (shape.ranks * slotsPerRank) / (58 * 288); // of one layer, in what planMs is given for
  return {
    planUs: (solver, layers) => (model.planMs[solver] ?? 0) * 1_000 * layers * size,
    ...moveCosts(model, shape),
    layerUs,
  };
}

/** What moving experts takes, without what it brings. */
export function moveCosts(model: CostModel, shape: Shape): Pick<Costs, 'moveUs' | 'hiddenUs' | 'copyUs'> {
  return {
    moveUs: (hops) => moveUs(model, shape, hops),
    hiddenUs: (us) => us * model.contention,
    copyUs: (hops) => (busiest(shape.ranks, hops) * model.expertBytes) / (model.copyGBps * 1_000),
  };
}

/** All at once; a rank sends and receives at the same time, but one link carries all that it sends (receives) on it. */
function moveUs(model: CostModel, { ranks, ranksPerHost }: Shape, hops: readonly Hop[]): number {
  if (hops.length === 0) return 0;
  const sends = new Float64Array(ranks);
  const receives = new Float64Array(ranks);
  const withinUs = model.expertBytes / (model.withinHostGBps * 1_000);
  const acrossUs = model.expertBytes / (model.acrossHostsGBps * 1_000);
  for (const { from, to } of hops) {
    const us = isAcross(from, to, ranksPerHost) ? acrossUs : withinUs;
    sends[from]! += us;
    receives[to]! += us;
  }
  let longest = 0;
  for (let rank = 0; rank < ranks; rank++) longest = Math.max(longest, sends[rank]!, receives[rank]!);
  return model.moveLatencyUs + longest;
}

export function isAcross(from: number, to: number, ranksPerHost: number): boolean {
  return Math.floor(from / ranksPerHost) !== Math.floor(to / ranksPerHost);
}

function busiest(ranks: number, hops: readonly Hop[]): number {
  const arriving = new Int32Array(ranks);
  for (const { to } of hops) arriving[to]! += 1;
  return arriving.reduce((a, b) => Math.max(a, b), 0);
}
