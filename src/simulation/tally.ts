import { type CostModel, isAcross } from '../moves/costModel.ts';
import type { Action, Shape } from '../moves/lifeCycle.ts';
import type { Point } from './outcome.ts';
import type { PassResult } from './passTable.ts';

/** Counts what one policy's passes give and cost: in all, and by consecutive steps as the points of a curve. */
export class Tally {
  readonly points: Point[] = [];
  /** of the points that are closed */
  readonly total: Totals;
  worstStallUs = 0;
  private point: Totals;
  private firstStep = 0;
  private readonly shape: Shape;
  private readonly cost: CostModel;

  constructor(shape: Shape, cost: CostModel) {
    this.shape = shape;
    this.cost = cost;
    this.total = emptyTotals(shape.ranks);
    this.point = emptyTotals(shape.ranks);
  }

  addPlan(): void {
    this.point.plans += 1;
  }

  addMove({ hops }: Extract<Action, { kind: 'move' }>): void {
    for (const { from, to } of hops) {
      if (isAcross(from, to, this.shape.ranksPerHost)) this.point.movesAcross += 1;
      else this.point.movesWithin += 1;
    }
    if (hops.length > 0) this.point.layersChanged += 1;
  }

  addOutage(us: number): void {
    this.point.outageUs += us;
    this.point.us += us;
  }

  addPass(result: PassResult, planStallUs: number, moveStallUs: number): void {
    const { point } = this;
    let sum = 0;
    let highest = 0;
    for (let layer = 0; layer < result.par.length; layer++) {
      sum += result.par[layer]!;
      if (result.par[layer]! > highest) highest = result.par[layer]!;
    }
    point.steps += 1;
    point.parSum += sum / result.par.length;
    point.parMax = Math.max(point.parMax, highest);
    point.us += result.us + planStallUs + moveStallUs;
    point.planStallUs += planStallUs;
    point.moveStallUs += moveStallUs;
    point.tokens += result.tokens;
    point.acrossTokens += result.acrossTokens;
    for (let rank = 0; rank < point.rankTokens.length; rank++) {
      point.rankTokens[rank]! += result.rankTokens[rank]!;
      point.layer0RankTokens[rank]! += result.layer0RankTokens[rank]!;
    }
    this.worstStallUs = Math.max(this.worstStallUs, planStallUs + moveStallUs);
  }

  /** Ends a point with the steps up to `lastStep`; without any there is none. */
  closePoint(lastStep: number): void {
    const { point, cost } = this;
    if (point.steps === 0) return;
    this.points.push({
      firstStep: this.firstStep,
      lastStep,
      parMean: point.parSum / point.steps,
      parMax: point.parMax,
      rankTokens: Array.from(point.rankTokens, (sum) => sum / point.steps),
      layer0RankTokens: Array.from(point.layer0RankTokens, (sum) => sum / point.steps),
      tokensPerSecond: this.tokensPerSecond(point),
      planStallMs: point.planStallUs / 1e3,
      moveStallMs: point.moveStallUs / 1e3,
      outageMs: point.outageUs / 1e3,
      bytesWithinHosts: point.movesWithin * cost.expertBytes,
      bytesAcrossHosts: point.movesAcross * cost.expertBytes,
    });
    addTotals(this.total, point);
    this.point = emptyTotals(this.shape.ranks);
    this.firstStep = lastStep + 1;
  }

  tokensPerSecond(totals: Totals = this.total): number {
    return totals.us === 0 ? 0 : this.served(totals) / (totals.us / 1e6);
  }

  /** Every layer routes each token to top-k experts. */
  served({ tokens }: Totals = this.total): number {
    const { cost, shape } = this;
    return tokens / shape.layers / cost.topK;
  }
}

export interface Totals {
  steps: number;
  us: number;
  parSum: number;
  parMax: number;
  tokens: number;
  acrossTokens: number;
  planStallUs: number;
  moveStallUs: number;
  outageUs: number;
  plans: number;
  layersChanged: number;
  movesWithin: number;
  movesAcross: number;
  readonly rankTokens: Float64Array;
  readonly layer0RankTokens: Float64Array;
}

function emptyTotals(ranks: number): Totals {
  return {
    steps: 0,
    us: 0,
    parSum: 0,
    parMax: 0,
    tokens: 0,
    acrossTokens: 0,
    planStallUs: 0,
    moveStallUs: 0,
    outageUs: 0,
    plans: 0,
    layersChanged: 0,
    movesWithin: 0,
    movesAcross: 0,
    rankTokens: new Float64Array(ranks),
    layer0RankTokens: new Float64Array(ranks),
  };
}

function addTotals(total: Totals, point: Totals): void {
  total.steps += point.steps;
  total.us += point.us;
  total.parSum += point.parSum;
  total.parMax = Math.max(total.parMax, point.parMax);
  total.tokens += point.tokens;
  total.acrossTokens += point.acrossTokens;
  total.planStallUs += point.planStallUs;
  total.moveStallUs += point.moveStallUs;
  total.outageUs += point.outageUs;
  total.plans += point.plans;
  total.layersChanged += point.layersChanged;
  total.movesWithin += point.movesWithin;
  total.movesAcross += point.movesAcross;
}
