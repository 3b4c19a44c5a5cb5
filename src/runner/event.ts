import type { Step, StepId, StepResult } from '../plan/step.ts';
import type { Tag } from '../plan/tags.ts';

/** What the work reports; views in `report/` subscribe. `atMs`: milliseconds since the run began. */
export type RunEvent =
  | { readonly kind: 'run-started'; readonly atMs: number; readonly run: string; readonly steps: readonly Step[] }
  | { readonly kind: 'probe-started'; readonly atMs: number; readonly hosts: readonly string[] }
  | {
      readonly kind: 'host-probed';
      readonly atMs: number;
      readonly host: string;
      readonly durationMs: number;
      readonly problem: string | null;
    }
  | { readonly kind: 'phase-started'; readonly atMs: number; readonly tag: Tag; readonly steps: readonly StepId[] }
  | { readonly kind: 'step-started'; readonly atMs: number; readonly step: Step }
  | {
      readonly kind: 'step-progress';
      readonly atMs: number;
      readonly step: StepId;
      readonly text: string /** 0..1 where known */;
      readonly fraction: number | null;
    }
  | { readonly kind: 'step-output'; readonly atMs: number; readonly step: StepId; readonly line: string }
  | { readonly kind: 'step-ended'; readonly atMs: number; readonly step: Step; readonly result: StepResult }
  | { readonly kind: 'phase-ended'; readonly atMs: number; readonly tag: Tag; readonly failed: number }
  /** What went over the wire since the event of this kind before; hosts without any are left out. */
  | {
      readonly kind: 'traffic';
      readonly atMs: number;
      readonly during: Tag | 'probe' | 'lease';
      readonly hosts: Readonly<Record<string, Traffic>>;
    }
  | { readonly kind: 'notice'; readonly atMs: number; readonly level: 'info' | 'warning'; readonly text: string }
  | { readonly kind: 'run-ended'; readonly atMs: number; readonly summary: RunSummary };

export type Emit = (event: RunEvent) => void;

export interface RunSummary {
  readonly run: string;
  readonly outcome:
    | 'done'
    | 'failed'
    | 'unreachable'
    | 'not-serving'
    | 'interrupted'
    | 'locked'
    | 'rolled-back'
    | 'rollback-failed';
  readonly exitCode: number;
  readonly changed: number;
  readonly ok: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly durationMs: number;
  /** With a rollback: of both runs, one after the other. */
  readonly results: readonly StepResult[];
  /** What was done when the change brought no token; absent: nothing. */
  readonly rollback?: { readonly run: string; readonly generation: string; readonly outcome: RunSummary['outcome'] };
  /** Per host: what went over the wire. */
  readonly traffic: Readonly<Record<string, Traffic>>;
  /** What to do next, one sentence each. */
  readonly next: readonly string[];
}

export interface Traffic {
  /** Execs, tar streams and forwarded requests; the handshake is not counted. */
  readonly roundTrips: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
