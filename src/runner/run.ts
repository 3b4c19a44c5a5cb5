import { setMaxListeners } from 'node:events';
import type { Plan, Step, StepId, StepResult } from '../plan/step.ts';
import type { Tag } from '../plan/tags.ts';
import type { RunContext } from './context.ts';
import { runPhase } from './phase.ts';
import { reasonToStop } from './policy.ts';
import { cancelledResult } from './recorder.ts';

/** Runs a plan phase by phase; within a phase every host runs to its end, whatever happens to others. Never rejects because of a host. */
export async function runPlan(plan: Plan, context: RunContext): Promise<readonly StepResult[]> {
  // every running step listens; Node takes more than ten for a leak, and warns the user
  setMaxListeners(0, context.signal);
  const results = new Map<StepId, StepResult>();
  const lostHosts = new Map<string, string>();
  const numHosts = new Set(plan.steps.map((step) => step.host)).size;
  const failed = new Set<string>();
  const unreachable = new Set<string>();
  let stopped: string | null = null;
  for (const [tag, steps] of phasesOf(plan)) {
    if (context.signal.aborted) stopped = 'interrupted';
    const owed = stopped === null || context.signal.aborted ? [] : steps.filter((step) => isOwed(step, results));
    if (stopped !== null) {
      cancelAll(
        tag,
        steps.filter((step) => !owed.includes(step)),
        stopped,
        results,
        context,
      );
      if (owed.length === 0) continue;
    }
    const rest = stopped === null ? steps : owed;
    context.emit({ kind: 'phase-started', atMs: context.nowMs(), tag, steps: rest.map((step) => step.id) });
    await runPhase(rest, results, lostHosts, context);
    const failedNow = hostsWith('failed', rest, results);
    const unreachableNow = hostsWith('unreachable', rest, results);
    for (const host of failedNow) failed.add(host);
    for (const host of unreachableNow) unreachable.add(host);
    context.emit({
      kind: 'phase-ended',
      atMs: context.nowMs(),
      tag,
      failed: new Set([...failedNow, ...unreachableNow]).size,
    });
    if (stopped === null && failedNow.size + unreachableNow.size > 0)
      stopped = reasonToStop(tag, failedNow, { failed, unreachable }, numHosts, context.policy);
  }
  return plan.steps.flatMap((step) => results.get(step.id) ?? []);
}

function hostsWith(
  status: StepResult['status'],
  steps: readonly Step[],
  results: ReadonlyMap<StepId, StepResult>,
): Set<string> {
  return new Set(steps.filter((step) => results.get(step.id)?.status === status).map((step) => step.host));
}

function phasesOf(plan: Plan): Map<Tag, Step[]> {
  const phases = new Map<Tag, Step[]>();
  for (const step of plan.steps) phases.set(step.tag, [...(phases.get(step.tag) ?? []), step]);
  return phases;
}

/** Whether it takes back something that was done, or begun. */
function isOwed({ takesBack = [] }: Step, results: ReadonlyMap<StepId, StepResult>): boolean {
  return takesBack.some((id) => ['ok', 'changed', 'failed'].includes(results.get(id)?.status ?? ''));
}

function cancelAll(
  tag: Tag,
  steps: readonly Step[],
  reason: string,
  results: Map<StepId, StepResult>,
  context: RunContext,
): void {
  if (steps.length === 0) return;
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  const text = `${tag}: ${count} not done: ${reason}`;
  context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'info', text });
  for (const step of steps) cancel(step, reason, results, context);
}

function cancel(step: Step, reason: string, results: Map<StepId, StepResult>, context: RunContext): void {
  const atMs = context.nowMs();
  const result = cancelledResult(step, atMs, reason);
  results.set(step.id, result);
  context.emit({ kind: 'step-ended', atMs, step, result });
}
