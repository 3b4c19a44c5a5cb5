import { type MoveBudget, type Objective, PlacementError, type PlacementProblem, type Split } from '../types.ts';
import { createTimeLimit, type TimeLimit } from './timeLimit.ts';

/** of a count: slots are numbered in 32 bits */
const MOST = 2 ** 31 - 1;
/** up to here whole numbers are exact */
const MOST_TOKENS = 2 ** 53;

/** A problem whose every value is known to be usable, with the defaults filled in. */
export interface Task {
  readonly problem: PlacementProblem;
  readonly ranksPerHost: number;
  /** [layer], before a slot budget is handed out */
  readonly slotsPerRank: Int32Array;
  readonly maxReplicas: number;
  readonly split: Split;
  readonly objective: Objective;
  readonly maxMoves: MoveBudget;
  readonly parThreshold: number;
  readonly minGain: number;
  readonly moveCost: number;
  /** [layer], 1 where the best is wanted */
  readonly targetPar: Float64Array;
  readonly seed: number;
  readonly effort: number;
  readonly timeLimit: TimeLimit;
}

/** A hundred experts moved in a layer have to earn it 1 % of PAR. */
const MOVE_COST = 1e-4;

export function checkProblem(problem: PlacementProblem): Task {
  checkLoad(problem);
  const { ranks } = problem;
  checkCount('ranks', ranks, 1);
  const slotsPerRank = slotsOf(problem);
  const maxReplicas = problem.maxReplicas ?? ranks;
  checkCount('maxReplicas', maxReplicas, 1);
  if (problem.ranksPerHost !== undefined) checkCount('ranksPerHost', problem.ranksPerHost, 1);
  checkCapability(problem);
  checkOld(problem);
  checkObjective(problem.objective);
  const maxMoves = problem.maxMoves ?? {};
  for (const [name, value] of Object.entries(maxMoves)) {
    if (value !== undefined) checkCount(`maxMoves.${name}`, value, 0);
  }
  if (Object.keys(maxMoves).length > 0 && problem.old === undefined) {
    throw new PlacementError(
      'bad-option',
      'maxMoves needs the old placement: without it there is nothing to count moves from',
    );
  }
  return {
    problem,
    ranksPerHost: Math.min(problem.ranksPerHost ?? 16, ranks),
    slotsPerRank,
    maxReplicas: Math.min(maxReplicas, ranks),
    split: problem.split ?? 'joint',
    objective: problem.objective ?? 'mean',
    maxMoves,
    parThreshold: notNegative('parThreshold', problem.parThreshold ?? 0),
    minGain: notNegative('minGain', problem.minGain ?? 0),
    moveCost: notNegative('moveCost', problem.moveCost ?? MOVE_COST),
    targetPar: targetsOf(problem),
    seed: problem.seed ?? 0,
    effort: notNegative('effort', problem.effort ?? 1),
    timeLimit: createTimeLimit(problem.shouldStop),
  };
}

/** [layer], before a slot budget is handed out */
function slotsOf(problem: PlacementProblem): Int32Array {
  const { load, ranks, slotsPerRank } = problem;
  const base = Math.ceil(load.experts / ranks);
  checkSlotBudget(problem, base);
  const slots = new Int32Array(load.layers).fill(base);
  if (typeof slotsPerRank === 'number') checkCount('slotsPerRank', slotsPerRank, 1);
  if (typeof slotsPerRank === 'object' && slotsPerRank.length !== load.layers) {
    throw new PlacementError(
      'bad-shape',
      `slotsPerRank has ${slotsPerRank.length} numbers for ${load.layers} layers; give one per layer`,
    );
  }
  for (let layer = 0; layer < load.layers && slotsPerRank !== undefined; layer++) {
    slots[layer] = typeof slotsPerRank === 'number' ? slotsPerRank : slotsPerRank[layer]!;
    if (slots[layer]! * ranks < load.experts) {
      throw new PlacementError(
        'too-few-slots',
        `layer ${layer} has ${slots[layer]! * ranks} slots (${ranks} ranks of ${slots[layer]}) for ${load.experts} experts; ` +
          `give at least ${base} slots per rank`,
      );
    }
  }
  return slots;
}

function checkSlotBudget({ load, ranks, slotsPerRank, slotBudget }: PlacementProblem, base: number): void {
  if (slotBudget === undefined) return;
  if (slotsPerRank !== undefined) {
    throw new PlacementError('bad-option', 'slotsPerRank and slotBudget exclude each other: give one of them');
  }
  checkCount('slotBudget', slotBudget, 1);
  const least = base * ranks * load.layers;
  if (slotBudget < least) {
    throw new PlacementError(
      'too-few-slots',
      `slotBudget is ${slotBudget}, but ${load.layers} layers of ${load.experts} experts on ${ranks} ranks need ${least}`,
    );
  }
}

function notNegative(name: string, value: number): number {
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new PlacementError('bad-option', `${name} is ${value}; it must be a finite number, at least 0`);
}

function targetsOf({ targetPar, load }: PlacementProblem): Float64Array {
  const targets = new Float64Array(load.layers).fill(1);
  if (targetPar === undefined) return targets;
  if (typeof targetPar === 'number') return targets.fill(targetPar);
  if (targetPar.length !== load.layers) {
    throw new PlacementError('bad-shape', `targetPar has ${targetPar.length} numbers for ${load.layers} layers`);
  }
  return targetPar.slice();
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= MOST) return;
  throw new PlacementError('bad-option', `${name} is ${value}; it must be a whole number from ${least} to ${MOST}`);
}

function checkLoad({ load }: PlacementProblem): void {
  const { episodes, layers, experts, tokens } = load;
  for (const [name, size] of [
    ['episodes', episodes],
    ['layers', layers],
    ['experts', experts],
  ] as const) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new PlacementError('bad-shape', `the load has ${size} ${name}; it needs at least 1`);
    }
  }
  if (tokens.length !== episodes * layers * experts) {
    throw new PlacementError(
      'bad-shape',
      `the load has ${tokens.length} values for ${episodes} episodes x ${layers} layers x ${experts} experts`,
    );
  }
  for (let i = 0; i < tokens.length; i++) {
    const value = tokens[i]!;
    if (value >= 0 && value <= MOST_TOKENS) continue;
    const expert = i % experts;
    const layer = Math.floor(i / experts) % layers;
    const episode = Math.floor(i / (experts * layers));
    throw new PlacementError(
      'bad-load',
      `the load of episode ${episode}, layer ${layer}, expert ${expert} is ${value}; tokens are numbers from 0 to 2^53`,
    );
  }
}

function checkCapability({ capability, ranks }: PlacementProblem): void {
  if (capability === undefined) return;
  if (capability.length !== ranks) {
    throw new PlacementError('bad-shape', `capability has ${capability.length} numbers for ${ranks} ranks`);
  }
  for (let rank = 0; rank < ranks; rank++) {
    const value = capability[rank]!;
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    throw new PlacementError('bad-option', `the capability of rank ${rank} is ${value}; it must be a number above 0`);
  }
}

function checkOld({ old, load, ranks }: PlacementProblem): void {
  if (old === undefined) return;
  for (const [name, is, needs] of [
    ['layers', old.layers, load.layers],
    ['experts', old.experts, load.experts],
    ['ranks', old.ranks, ranks],
  ] as const) {
    if (is !== needs)
      throw new PlacementError('bad-placement', `the old placement has ${is} ${name}, the problem ${needs}`);
  }
  for (const expert of old.slotExpert) {
    if (expert < -1 || expert >= old.experts) {
      throw new PlacementError('bad-placement', `the old placement names expert ${expert} of ${old.experts}`);
    }
  }
}

function checkObjective(objective: Objective | undefined): void {
  if (typeof objective !== 'object') return;
  if (objective.quantile > 0 && objective.quantile < 1) return;
  throw new PlacementError('bad-option', `the objective's quantile is ${objective.quantile}; it lies between 0 and 1`);
}
