import {
  type CostModel,
  type EngineForm,
  engineForm,
  type PolicyName,
  type Recommendation,
  type Shape,
  SimulationError,
  STANDARD_POLICIES,
  SWEEPABLE,
  sweep,
  type Trace,
} from '../../simulation/index.ts';

export interface SweepRequest {
  /** policies to find settings for; none given: one for each engine, and ours */
  readonly policies: readonly string[] | undefined;
  /** each makes its trace anew on every call; one per seed */
  readonly traces: readonly (() => Trace)[];
  readonly ranks: number;
  readonly ranksPerHost: number;
  readonly cost: CostModel;
  readonly phase: 'prefill' | 'decode';
}

export interface Swept {
  readonly shape: Shape;
  readonly steps: number;
  readonly seeds: number;
  readonly recommendations: readonly (Recommendation & { readonly form: EngineForm | null })[];
}

/** The best settings of each policy, in the form that its engine takes. */
export function sweepSettings(request: SweepRequest, say: (line: string) => void): Swept {
  const { traces, ranks, ranksPerHost, cost, phase } = request;
  const { layers, experts, steps } = traces[0]!();
  const shape = { layers, experts, ranks, ranksPerHost };
  const names = (request.policies ?? STANDARD_POLICIES).map(checkedName);
  const onSeed = (seed: number, trials: number) => say(`seed ${seed + 1} of ${traces.length}: ${trials} settings`);
  const found = sweep(names, traces, { shape, cost, phase, onSeed });
  return {
    shape,
    steps,
    seeds: traces.length,
    recommendations: found.map((one) => ({ ...one, form: engineForm(one.best.policy) })),
  };
}

function checkedName(text: string): PolicyName {
  const name = SWEEPABLE.find((one) => one === text);
  if (name !== undefined) return name;
  throw new SimulationError('bad-settings', `there is no sweep for ${text}; there are ${SWEEPABLE.join(', ')}`);
}
