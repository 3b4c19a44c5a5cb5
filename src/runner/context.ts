import type { Step, StepResult } from '../plan/step.ts';
import type { OpenHost } from '../transport/host.ts';
import type { Emit } from './event.ts';

/** What must be on disk before a step begins, so that a killed run can be told from one that never got there. */
export interface StepJournal {
  begin(steps: readonly Step[]): Promise<void>;
  end(result: StepResult): Promise<void>;
}

export interface RunContext {
  readonly open: OpenHost;
  readonly emit: Emit;
  readonly journal: StepJournal;
  readonly signal: AbortSignal;
  /** Milliseconds since the run began. */
  readonly nowMs: () => number;
  /** Hosts worked on at once. */
  readonly forks: number;
  readonly policy: FailureLimit;
}

/** `stop`: after a phase with more than `maxFail` failed hosts the rest is cancelled. `continue`: what does not need the failed steps goes on. */
export interface FailureLimit {
  readonly onFailure: 'stop' | 'continue';
  readonly maxFail: number;
}
