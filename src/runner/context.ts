import type { Step, StepResult } from '../plan/step.ts';
import type { OpenHost } from '../transport/host.ts';
import type { Transfers } from '../transport/large/transfers.ts';
import type { Emit } from './event.ts';

/** What must be on disk before a step begins, so that a killed run differs from one that never got there. */
export interface StepJournal {
  begin(steps: readonly Step[]): Promise<void>;
  end(result: StepResult): Promise<void>;
}

/** Reads a key at the last moment; null: there is none. */
export type ReadApiKey = () => Promise<string | null>;

export interface RunContext {
  readonly open: OpenHost;
  readonly emit: Emit;
  /** The key that requests to servers carry; absent, or null: none. */
  readonly apiKey?: ReadApiKey;
  /** What its large files share; absent: nothing. */
  readonly transfers?: Transfers;
  readonly journal: StepJournal;
  readonly signal: AbortSignal;
  /** Milliseconds since the run began. */
  readonly nowMs: () => number;
  /** Hosts worked on at once. */
  readonly forks: number;
  readonly policy: FailureLimit;
}

/** What a run does about hosts that fail or are lost: policy.ts decides by it. */
export interface FailureLimit {
  /** `stop`: no new phase once more than `maxFail` hosts are gone. `continue`: what does not need the failed steps continues. */
  readonly onFailure: 'stop' | 'continue';
  /** Hosts, or their percentage of those the run works on. */
  readonly maxFail: number | { readonly percent: number };
  /** Tags after which one failed host ends the run; null or absent: preflight under stop, none under continue. */
  readonly anyErrorsFatal?: readonly string[] | 'all' | null;
}
