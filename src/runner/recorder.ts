import type { Step, StepId, StepResult } from '../plan/step.ts';
import { Transfers } from '../transport/large/transfers.ts';
import type { ActionContext, Outcome } from './actions/action.ts';
import type { RunContext } from './context.ts';

/** Steps of one host that go together. */
export interface Unit {
  readonly how: 'batch' | 'merged' | 'alone' | 'here';
  readonly host: string;
  readonly steps: readonly [Step, ...Step[]];
}

const KEPT_LINES = 30;

/** Turns what happens to a unit's steps into events and results; each step ends once. */
export class Recorder {
  readonly #startedMs = new Map<StepId, number>();
  readonly #lines = new Map<StepId, string[]>();

  constructor(
    private readonly unit: Unit,
    private readonly results: Map<StepId, StepResult>,
    private readonly context: RunContext,
  ) {}

  began(step: Step): void {
    const atMs = this.context.nowMs();
    this.#startedMs.set(step.id, atMs);
    this.context.emit({ kind: 'step-started', atMs, step });
  }

  line(step: Step, line: string): void {
    const kept = this.#lines.get(step.id) ?? [];
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
    this.#lines.set(step.id, kept);
    this.context.emit({ kind: 'step-output', atMs: this.context.nowMs(), step: step.id, line });
  }

  progress(step: Step, text: string, fraction: number | null): void {
    this.context.emit({ kind: 'step-progress', atMs: this.context.nowMs(), step: step.id, text, fraction });
  }

  lastLines(step: Step): readonly string[] {
    return this.#lines.get(step.id) ?? [];
  }

  contextOf(step: Step, signal: AbortSignal): ActionContext {
    return {
      signal,
      progress: (text, fraction = null) => this.progress(step, text, fraction),
      output: (line) => this.line(step, line),
      apiKey: this.context.apiKey ?? (async () => null),
      open: this.context.open,
      transfers: this.context.transfers ?? new Transfers(this.context.open, null),
    };
  }

  end(step: Step, outcome: Outcome): void {
    if (this.results.has(step.id)) return;
    const atMs = this.context.nowMs();
    const startedMs = this.#startedMs.get(step.id) ?? atMs;
    const result: StepResult = {
      step: step.id,
      status: outcome.status,
      startedMs,
      durationMs: atMs - startedMs,
      message: outcome.message,
      exitCode: outcome.exitCode ?? null,
      command: outcome.command ?? null,
      output: outcome.output ?? this.lastLines(step),
      ...(outcome.denied && { denied: outcome.denied }),
    };
    this.results.set(step.id, result);
    this.context.emit({ kind: 'step-ended', atMs, step, result });
  }

  notice(text: string): void {
    this.context.emit({ kind: 'notice', atMs: this.context.nowMs(), level: 'warning', text });
  }

  endRest(outcome: Outcome): void {
    for (const step of this.unit.steps) this.end(step, outcome);
  }
}

/** The result of a step that never began. */
export function cancelledResult(step: Step, atMs: number, message: string): StepResult {
  return {
    step: step.id,
    status: 'cancelled',
    startedMs: atMs,
    durationMs: 0,
    message,
    exitCode: null,
    command: null,
    output: [],
  };
}
