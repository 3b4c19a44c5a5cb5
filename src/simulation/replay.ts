import type { Loss } from './loss.ts';
import type { Outcome } from './outcome.ts';
import type { Policy } from './policies.ts';
import { Run, type RunOptions } from './run.ts';
import { checked, type Trace } from './traces.ts';

/** Passes before a loss whose load the recovery goes by. */
const LATE = 100;

export interface ReplayOptions extends RunOptions {
  readonly loss?: Loss | undefined;
  readonly onStep?: ((step: number) => void) | undefined;
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
