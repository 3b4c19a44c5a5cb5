import {
  type CostModel,
  type Gaps,
  type Loss,
  type Outcome,
  type Policy,
  parsePolicy,
  replay,
  type Shape,
  SimulationError,
  type Trace,
  withGaps,
} from '../../simulation/index.ts';

export interface SimulateRequest {
  readonly trace: Trace;
  /** as given: `vllm:interval=500`; none is put first where it is missing */
  readonly policies: readonly string[];
  readonly ranks: number;
  readonly ranksPerHost: number;
  readonly cost: CostModel;
  readonly phase: 'prefill' | 'decode';
  readonly points: number;
  readonly loss?: Loss | undefined;
}

export interface Comparison extends Outcome {
  /** tokens per second over those of no balancing; below 1 it is worse than doing nothing */
  readonly speed: number;
}

export interface Simulated {
  readonly shape: Shape;
  readonly steps: number;
  readonly cost: CostModel;
  readonly gaps: Gaps;
  readonly outcomes: readonly Comparison[];
}

/** Replays the trace under every policy and compares each with no balancing. `onStep` is told how far it is. */
export function simulate(request: SimulateRequest, onStep?: (step: number) => void): Simulated {
  const { ranks, ranksPerHost, cost, phase, points, loss } = request;
  const { trace, gaps } = withGaps(request.trace);
  const shape = { layers: trace.layers, experts: trace.experts, ranks, ranksPerHost };
  const policies: Policy[] = request.policies.map((text) => parsePolicy(text, shape));
  if (!policies.some(({ name }) => name === 'none')) policies.unshift(parsePolicy('none', shape));
  const outcomes = replay(trace, policies, { shape, cost, phase, points, loss, onStep });
  if (gaps.passes === trace.steps)
    throw new SimulationError('bad-trace', `none of the ${trace.steps} passes has a token`);
  const idle = outcomes.find(({ policy }) => policy.name === 'none')!.tokensPerSecond;
  return {
    shape,
    steps: trace.steps,
    cost,
    gaps,
    outcomes: outcomes.map((outcome) => ({ ...outcome, speed: idle === 0 ? 1 : outcome.tokensPerSecond / idle })),
  };
}
