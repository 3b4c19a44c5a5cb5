import { type CostModel, costsOf } from '../moves/costModel.ts';
import type { Action, Costs, LifeCycle, Pass, Shape } from '../moves/lifeCycle.ts';
import { lostWith } from '../placement/index.ts';
import { type Loss, type LossOutcome, recoverAfter, restartParts } from './loss.ts';
import type { Outcome } from './outcome.ts';
import { emptyResult, layerPricer, type PassResult, PassTable } from './passTable.ts';
import { createLifeCycle, type Policy } from './policies.ts';
import { SurvivorLifeCycle } from './survivors.ts';
import { Tally } from './tally.ts';

export interface RunOptions {
  readonly shape: Shape;
  readonly cost: CostModel;
  readonly phase: 'prefill' | 'decode';
  /** most points of a curve: consecutive steps are merged into one */
  readonly points: number;
}

/** One policy on its own clock: its life cycle, what serves, and what is lost. */
export class Run {
  private lifeCycle: LifeCycle;
  private table: PassTable;
  private readonly costs: Costs;
  private readonly result: PassResult;
  private slotTokens: Float64Array;
  private lost: {
    readonly loss: Omit<LossOutcome, 'tokensPerSecondAfter' | 'replacedMs'>;
    readonly atUs: number;
  } | null = null;
  private readonly tally: Tally;
  private readonly stepsPerPoint: number;
  private nowUs = 0;
  private readonly policy: Policy;
  private readonly steps: number;
  private readonly options: RunOptions;

  constructor(policy: Policy, steps: number, options: RunOptions) {
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
    this.tally = new Tally(shape, cost);
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
    this.tally.addPass(result, stall.planUs + later.planUs, stall.moveUs + later.moveUs);
    if ((step + 1) % this.stepsPerPoint === 0 || step + 1 === this.steps) this.tally.closePoint(step);
  }

  /** Before a pass: what served is gone, and serves again when all parts of the recovery are over. */
  lose(loss: Loss, late: Float64Array): void {
    const { policy, options, costs } = this;
    const { shape, cost } = options;
    this.tally.closePoint(loss.step - 1);
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
        tokensPerSecondBefore: this.tally.tokensPerSecond(),
      },
    };
    this.lifeCycle = isBack ? recovered.lifeCycle : createLifeCycle(policy, shape, costs);
    const gone = new Set(isBack ? loss.ranks : []);
    this.table = new PassTable(cost, shape, routing, this.lifeCycle.placement, gone);
    this.slotTokens = new Float64Array(this.lifeCycle.placement.slotExpert.length);
    this.nowUs += rtoMs * 1e3;
    this.tally.addOutage(rtoMs * 1e3);
  }

  private lossOutcome(): LossOutcome | null {
    if (this.lost === null) return null;
    const { loss, atUs } = this.lost;
    const { tally, lifeCycle } = this;
    const { total } = tally;
    const servedBefore = loss.tokensPerSecondBefore * (atUs / 1e6);
    const afterUs = total.us - atUs - total.outageUs;
    const doneUs = lifeCycle instanceof SurvivorLifeCycle ? lifeCycle.doneUs : null;
    return {
      ...loss,
      replacedMs: doneUs === null ? null : (doneUs - atUs) / 1e3,
      tokensPerSecondAfter: afterUs <= 0 ? 0 : (tally.served() - servedBefore) / (afterUs / 1e6),
    };
  }

  finish(): Outcome {
    const { steps, policy, tally } = this;
    const { total, worstStallUs, points } = tally;
    return {
      policy,
      steps,
      seconds: this.nowUs / 1e6,
      tokensPerSecond: tally.tokensPerSecond(),
      parMean: total.parSum / steps,
      parMax: total.parMax,
      planStallSeconds: total.planStallUs / 1e6,
      moveStallSeconds: total.moveStallUs / 1e6,
      worstStallMs: worstStallUs / 1e3,
      rearrangements: total.plans,
      layersChanged: total.layersChanged,
      expertsMoved: total.movesWithin + total.movesAcross,
      bytesWithinHosts: total.movesWithin * this.options.cost.expertBytes,
      bytesAcrossHosts: total.movesAcross * this.options.cost.expertBytes,
      acrossShare: total.tokens === 0 ? 0 : total.acrossTokens / total.tokens,
      loss: this.lossOutcome(),
      points,
    };
  }

  private take(actions: readonly Action[], stall: Stall): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'plan':
          this.tally.addPlan();
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

  private takeMove(action: Extract<Action, { kind: 'move' }>, stall: Stall): void {
    this.tally.addMove(action);
    const { how, us } = action;
    if (how === 'stall') stall.moveUs += us;
    else if (how === 'background') stall.moveUs += us * this.options.cost.contention;
    else stall.besideUs += us;
  }
}

interface Stall {
  planUs: number;
  moveUs: number;
  /** transfers beside this pass, which waits for them at its end */
  besideUs: number;
}
