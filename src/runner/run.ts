import type { Plan, Step, StepId, StepResult } from '../plan/step.ts';
import type { Tag } from '../plan/tags.ts';
import type { FailureLimit, RunContext } from './context.ts';
import { runPhase } from './phase.ts';
import { cancelledResult } from './recorder.ts';

/** Runs a plan phase by phase; within a phase hosts go on to its end whatever becomes of others. Never rejects for a host's sake. */
export async function runPlan(plan: Plan, context: RunContext): Promise<readonly StepResult[]> {
  const results = new Map<StepId, StepResult>();
  const lostHosts = new Map<string, string>();
  let stopped: string | null = null;
  for (const [tag, steps] of phasesOf(plan)) {
    if (context.signal.aborted) stopped = 'interrupted';
    if (stopped !== null) {
      const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
      context.emit({
        kind: 'notice',
        atMs: context.nowMs(),
        level: 'info',
        text: `${tag}: ${count} not done: ${stopped}`,
      });
      for (const step of steps) cancel(step, stopped, results, context);
      continue;
    }
    context.emit({ kind: 'phase-started', atMs: context.nowMs(), tag, steps: steps.map((step) => step.id) });
    await runPhase(steps, results, lostHosts, context);
    const failed = new Set(steps.filter((step) => hasFailed(results.get(step.id))).map((step) => step.host));
    context.emit({ kind: 'phase-ended', atMs: context.nowMs(), tag, failed: failed.size });
    if (failed.size > 0 && stops(tag, failed.size, context.policy))
      stopped = `${tag} failed on ${[...failed].join(', ')}`;
  }
  return plan.steps.flatMap((step) => results.get(step.id) ?? []);
}

/** Preflight is a gate: unless failures are to be passed over, nothing is touched when one host is unfit. */
function stops(tag: Tag, failedHosts: number, policy: FailureLimit): boolean {
  if (policy.onFailure === 'continue') return false;
  return tag === 'preflight' ? true : failedHosts > policy.maxFail;
}

function hasFailed(result: StepResult | undefined): boolean {
  return result?.status === 'failed' || result?.status === 'unreachable';
}

function phasesOf(plan: Plan): Map<Tag, Step[]> {
  const phases = new Map<Tag, Step[]>();
  for (const step of plan.steps) phases.set(step.tag, [...(phases.get(step.tag) ?? []), step]);
  return phases;
}

function cancel(step: Step, reason: string, results: Map<StepId, StepResult>, context: RunContext): void {
  const atMs = context.nowMs();
  const result = cancelledResult(step, atMs, reason);
  results.set(step.id, result);
  context.emit({ kind: 'step-ended', atMs, step, result });
}
