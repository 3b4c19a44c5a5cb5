import type { CostModel } from '../moves/costModel.ts';
import { type Shape, SimulationError } from '../moves/lifeCycle.ts';
import { defaultSettings, type Policy, type PolicyName, policyOf, type Settings } from './policies.ts';
import { replay } from './replay.ts';
import type { Trace } from './traces.ts';

/** The settings that a sweep varies, around what each engine has by default. */
const GRIDS: Readonly<Partial<Record<PolicyName, (shape: Shape) => Readonly<Record<string, readonly number[]>>>>> = {
  vllm: vllmGrid,
  'vllm-sync': vllmGrid,
  'ascend-default': ascendGrid,
  'ascend-swift': ascendGrid,
  'ascend-flashlb': ascendGrid,
  'ascend-flashlb-picked': ascendGrid,
  omni: () => ({ perRank: [0, 1, 2], perExpert: [2, 10] }),
  omniplace: ({ ranks }) => ({ episode: [100, 400], window: [1, 2, 4], redundant: [0, ranks], threshold: [1.05, 1.1] }),
};

export const SWEEPABLE = Object.keys(GRIDS) as PolicyName[];
const TOGETHER = 6;
/** 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

function vllmGrid({ ranks }: Shape) {
  return { interval: [300, 1000, 3000], window: [100, 1000], redundant: [0, ranks, 2 * ranks] };
}

function ascendGrid({ ranks }: Shape) {
  return { heat: [100, 300, 600], algorithm: [20, 50], redundant: [0, ranks] };
}

/** One setting of one policy over all seeds. */
export interface Trial {
  readonly policy: Policy;
  /** [seed], tokens per second over those of no balancing */
  readonly speeds: readonly number[];
  readonly mean: number;
  /** half the width of the 95 % interval of the mean, by Student's t */
  readonly margin: number;
  /** experts moved, over all seeds; 0: it is like doing nothing */
  readonly moved: number;
}

export interface Recommendation {
  readonly name: PolicyName;
  readonly best: Trial;
  /** with the engine's own settings */
  readonly standard: Trial;
  /** settings that can't be told from the best: over the seeds their mean difference to it is within its margin */
  readonly asGood: readonly Trial[];
  /** the best is better than no balancing beyond doubt */
  readonly pays: boolean;
}

export interface SweepOptions {
  readonly shape: Shape;
  readonly cost: CostModel;
  readonly phase: 'prefill' | 'decode';
  readonly onSeed?: ((seed: number, trials: number) => void) | undefined;
}

/** Replays every setting on every trace; `traces` make the same trace anew on each call. */
export function sweep(
  names: readonly PolicyName[],
  traces: readonly (() => Trace)[],
  options: SweepOptions,
): Recommendation[] {
  const { shape, cost, phase } = options;
  const grids = names.map((name) => ({ name, policies: gridOf(name, shape) }));
  const policies = [policyOf('none', 'none', {}, shape), ...grids.flatMap((grid) => grid.policies)];
  const speeds = new Map<Policy, number[]>(policies.map((policy) => [policy, []]));
  const moved = new Map<Policy, number>(policies.map((policy) => [policy, 0]));
  for (const [seed, trace] of traces.entries()) {
    options.onSeed?.(seed, policies.length);
    for (let first = 1; first < policies.length; first += TOGETHER) {
      // rings of hundreds of passes are large: a few policies at a time
      const some = [policies[0]!, ...policies.slice(first, first + TOGETHER)];
      const [none, ...others] = replay(trace(), some, { shape, cost, phase, points: 1 });
      for (const { policy, tokensPerSecond, expertsMoved } of others) {
        moved.set(policy, moved.get(policy)! + expertsMoved);
        speeds.get(policy)!.push(none!.tokensPerSecond === 0 ? 1 : tokensPerSecond / none!.tokensPerSecond);
      }
    }
  }
  return grids.map(({ name, policies: tried }) =>
    recommend(
      name,
      tried.map((policy) => trialOf(policy, speeds.get(policy)!, moved.get(policy)!)),
    ),
  );
}

/** The engine's own settings first, then the grid. */
function gridOf(name: PolicyName, shape: Shape): Policy[] {
  const grid = GRIDS[name]?.(shape);
  if (grid === undefined) {
    throw new SimulationError('bad-settings', `there is no sweep for ${name}; there are ${SWEEPABLE.join(', ')}`);
  }
  const standard = defaultSettings(name, shape);
  const made: Policy[] = [policyOf(name, name, standard, shape)];
  for (const own of combinations(grid)) {
    const settings: Settings = { ...standard, ...own };
    const label = `${name}:${Object.entries(own)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')}`;
    if (made.some((policy) => Object.keys(own).every((key) => policy.settings[key] === settings[key]))) continue;
    if (typeof settings.window === 'number' && Number(settings.interval) < settings.window) continue;
    try {
      made.push(policyOf(label, name, settings, shape));
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error; // the engine would refuse it: not a candidate
    }
  }
  return made;
}

function combinations(grid: Readonly<Record<string, readonly number[]>>): Record<string, number>[] {
  let all: Record<string, number>[] = [{}];
  for (const [key, values] of Object.entries(grid))
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  return all;
}

function trialOf(policy: Policy, speeds: readonly number[], moved: number): Trial {
  return { policy, speeds, ...meanAndMargin(speeds), moved };
}

function recommend(name: PolicyName, trials: readonly Trial[]): Recommendation {
  const best = trials.reduce((a, b) => (b.mean > a.mean ? b : a));
  const asGood = trials.filter((trial) => {
    if (trial === best) return false;
    // the same traces were replayed: differences say more than means
    const { mean, margin } = meanAndMargin(trial.speeds.map((speed, seed) => best.speeds[seed]! - speed));
    return mean <= margin;
  });
  return { name, best, standard: trials[0]!, asGood, pays: best.mean - best.margin > 1 };
}

export function meanAndMargin(values: readonly number[]): { mean: number; margin: number } {
  const count = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  if (count < 2) return { mean, margin: Number.POSITIVE_INFINITY };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, margin: (STUDENT[count - 2] ?? 1.96) * Math.sqrt(variance / count) };
}
