import { lostWith } from '../placement/index.ts';
import { type CostModel, costsOf, isAcross } from './costModel.ts';
import type { Action, Costs, LifeCycle, Pass, Shape } from './lifeCycle.ts';
import { type Loss, type LossOutcome, recoverAfter, restartParts } from './loss.ts';
import { emptyResult, layerPricer, type PassResult, PassTable } from './passTable.ts';
import { createLifeCycle, type Policy } from './policies.ts';
import { SurvivorLifeCycle } from './survivors.ts';
import { checked, type Trace } from './trace.ts';

export interface ReplayOptions {
  readonly shape: Shape;
  readonly cost: CostModel;
  readonly phase: 'prefill' | 'decode';
  /** most points of a curve: consecutive steps are merged into one */
  readonly points: number;
  readonly loss?: Loss | undefined;
  readonly onStep?: ((step: number) => void) | undefined;
}

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

/** Replays the trace once, all policies beside each other, each on its own clock. */
export function replay(trace: Trace, policies: readonly Policy[], options: ReplayOptions): Outcome[] {
  const runs = policies.map((policy) => new Run(policy, trace.steps, options));
  const source = checked(trace);
  const tokens = new Float64Array(trace.layers * trace.experts);
  const { loss } = options;
  const late = new Float64Array(tokens.length);
  for (let step = 0; step < trace.steps; step++) {
    source.read(step, tokens);
    const idle = !tokens.some((count) => count > 0);
    if (loss !== undefined && step === loss.step) for (const run of runs) run.lose(loss, late);
    if (loss !== undefined && step < loss.step && step >= loss.step - LATE) {
      for (let i = 0; i < late.length; i++) late[i]! += tokens[i]!;
    }
    for (const run of runs) run.step(step, tokens, idle ? 'dummy' : 'real');
    options.onStep?.(step);
  }
  return runs.map((run) => run.finish());
}

/** Passes before a loss whose load the recovery goes by. */
const LATE = 100;

class Run {
  private lifeCycle: LifeCycle;
  private table: PassTable;
  private readonly costs: Costs;
  private readonly result: PassResult;
  private slotTokens: Float64Array;
  private lost: {
    readonly loss: Omit<LossOutcome, 'tokensPerSecondAfter' | 'replacedMs'>;
    readonly atUs: number;
  } | null = null;
  private readonly total: Totals;
  private point: Totals;
  private readonly points: Point[] = [];
  private readonly stepsPerPoint: number;
  private nowUs = 0;
  private firstStep = 0;
  private worstStallUs = 0;
  private readonly policy: Policy;
  private readonly steps: number;
  private readonly options: ReplayOptions;

  constructor(policy: Policy, steps: number, options: ReplayOptions) {
    this.policy = policy;
    this.steps = steps;
    this.options = options;
    const { shape, cost } = options;
    // the routing is the life cycle's own; it prices layers by it
    let price: ReturnType<typeof layerPricer> | undefined;
    const slots = shape.experts / shape.ranks + (Number(policy.settings.redundant ?? 0) || 0) / shape.ranks;
    const costs = costsOf(cost, shape, (tokens, table) => price!(tokens, table), slots);
    this.costs = costs;
    this.lifeCycle = createLifeCycle(policy, shape, costs);
    price = layerPricer(cost, shape, this.lifeCycle.routing);
    const { placement, routing } = this.lifeCycle;
    this.table = new PassTable(cost, shape, routing, placement);
    this.result = emptyResult(shape);
    this.slotTokens = new Float64Array(placement.slotExpert.length);
    this.total = emptyTotals(shape.ranks);
    this.point = emptyTotals(shape.ranks);
    this.stepsPerPoint = Math.max(1, Math.ceil(steps / options.points));
  }

  step(step: number, tokens: Float64Array, kind: 'real' | 'dummy'): void {
    const { lifeCycle, result, slotTokens } = this;
    const pass: Pass = { kind, phase: this.options.phase, tokens, slotTokens };
    const stall: Stall = { planUs: 0, moveUs: 0, besideUs: 0 };
    this.take(lifeCycle.before(pass, this.nowUs), stall);
    this.table.run(tokens, slotTokens, result);
    const { contention } = this.options.cost;
    const besideUs = stall.besideUs;
    // a pass that waits for transfers beside it loses what they take longer, and a share of what they overlap
    stall.moveUs += Math.max(0, besideUs - result.us) + contention * Math.min(besideUs, result.us);
    this.nowUs += stall.planUs + stall.moveUs + result.us;
    const later: Stall = { planUs: 0, moveUs: 0, besideUs: 0 };
    this.take(lifeCycle.after(pass, this.nowUs), later);
    this.nowUs += later.planUs + later.moveUs;
    this.note(result, stall.planUs + later.planUs, stall.moveUs + later.moveUs);
    if ((step + 1) % this.stepsPerPoint === 0 || step + 1 === this.steps) this.closePoint(step);
  }

  /** Before a pass: what served is gone, and serves again when all parts of the recovery are over. */
  lose(loss: Loss, late: Float64Array): void {
    const { policy, options, costs } = this;
    const { shape, cost } = options;
    if (this.point.steps > 0) this.closePoint(loss.step - 1);
    const { placement, routing } = this.lifeCycle;
    const goesOn = loss.after === 'recover' || (loss.after === 'engine' && policy.name === 'omniplace');
    const recovered = goesOn
      ? recoverAfter(placement, loss, late, routing, { shape, model: cost, costs })
      : `${policy.name} starts anew`;
    const isBack = typeof recovered !== 'string';
    const parts = isBack ? recovered.parts : restartParts(cost, placement);
    const rtoMs = parts.reduce((sum, { ms }) => sum + ms, 0);
    this.lost = {
      atUs: this.nowUs,
      loss: {
        step: loss.step,
        ranks: loss.ranks,
        how: isBack ? 'recover' : 'restart',
        note: goesOn && !isBack ? recovered : null,
        missingExperts: lostWith(placement, new Set(loss.ranks)).length,
        parts,
        rtoMs,
        tokensPerSecondBefore: this.tokensPerSecond(this.total),
      },
    };
    this.lifeCycle = isBack ? recovered.lifeCycle : createLifeCycle(policy, shape, costs);
    const gone = new Set(isBack ? loss.ranks : []);
    this.table = new PassTable(cost, shape, routing, this.lifeCycle.placement, gone);
    this.slotTokens = new Float64Array(this.lifeCycle.placement.slotExpert.length);
    this.nowUs += rtoMs * 1e3;
    this.point.outageUs += rtoMs * 1e3;
    this.point.us += rtoMs * 1e3;
  }

  private lossOutcome(): LossOutcome | null {
    if (this.lost === null) return null;
    const { loss, atUs } = this.lost;
    const { total, lifeCycle } = this;
    const servedBefore = loss.tokensPerSecondBefore * (atUs / 1e6);
    const afterUs = total.us - atUs - total.outageUs;
    const doneUs = lifeCycle instanceof SurvivorLifeCycle ? lifeCycle.doneUs : null;
    return {
      ...loss,
      replacedMs: doneUs === null ? null : (doneUs - atUs) / 1e3,
      tokensPerSecondAfter: afterUs <= 0 ? 0 : (this.served(total) - servedBefore) / (afterUs / 1e6),
    };
  }

  finish(): Outcome {
    const { total, steps, policy } = this;
    return {
      policy,
      steps,
      seconds: this.nowUs / 1e6,
      tokensPerSecond: this.tokensPerSecond(total),
      parMean: total.parSum / steps,
      parMax: total.parMax,
      planStallSeconds: total.planStallUs / 1e6,
      moveStallSeconds: total.moveStallUs / 1e6,
      worstStallMs: this.worstStallUs / 1e3,
      rearrangements: total.plans,
      layersChanged: total.layersChanged,
      expertsMoved: total.movesWithin + total.movesAcross,
      bytesWithinHosts: total.movesWithin * this.options.cost.expertBytes,
      bytesAcrossHosts: total.movesAcross * this.options.cost.expertBytes,
      acrossShare: total.tokens === 0 ? 0 : total.acrossTokens / total.tokens,
      loss: this.lossOutcome(),
      points: this.points,
    };
  }

  private take(actions: readonly Action[], stall: Stall): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'plan':
          this.point.plans += 1;
          if (action.blocking) stall.planUs += action.us;
          break;
        case 'wait':
          stall.planUs += action.us;
          break;
        case 'copy':
          stall.moveUs += action.us;
          break;
        case 'commit':
          this.table.compile(action.layer);
          break;
        case 'move':
          this.takeMove(action, stall);
          break;
      }
    }
  }

  private takeMove({ hops, us, how }: Extract<Action, { kind: 'move' }>, stall: Stall): void {
    for (const { from, to } of hops) {
      if (isAcross(from, to, this.options.shape.ranksPerHost)) this.point.movesAcross += 1;
      else this.point.movesWithin += 1;
    }
    if (hops.length > 0) this.point.layersChanged += 1;
    if (how === 'stall') stall.moveUs += us;
    else if (how === 'background') stall.moveUs += us * this.options.cost.contention;
    else stall.besideUs += us;
  }

  private note(result: PassResult, planStallUs: number, moveStallUs: number): void {
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

  private closePoint(lastStep: number): void {
    const { point, options } = this;
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
      bytesWithinHosts: point.movesWithin * options.cost.expertBytes,
      bytesAcrossHosts: point.movesAcross * options.cost.expertBytes,
    });
    addTotals(this.total, point);
    this.point = emptyTotals(options.shape.ranks);
    this.firstStep = lastStep + 1;
  }

  private tokensPerSecond(totals: Totals): number {
    return totals.us === 0 ? 0 : this.served(totals) / (totals.us / 1e6);
  }

  /** Every layer routes each token to top-k experts. */
  private served({ tokens }: Totals): number {
    const { cost, shape } = this.options;
    return tokens / shape.layers / cost.topK;
  }
}

interface Stall {
  planUs: number;
  moveUs: number;
  /** transfers beside this pass, which waits for them at its end */
  besideUs: number;
}

interface Totals {
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
