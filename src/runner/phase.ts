import { conditionsOf, type Step, type StepId, type StepResult } from '../plan/step.ts';
import { ACTIONS } from './actions/index.ts';
import type { RunContext } from './context.ts';
import { cancelledResult, type Unit } from './recorder.ts';
import { runUnit } from './unit.ts';

/**
 * Runs the steps of one phase as soon as what they need and follow has ended. Steps of a host that can go together are one
 * unit: shell is fused into one batch, files into one stream. Resolves when every step has a result.
 */
export async function runPhase(
  steps: readonly Step[],
  results: Map<StepId, StepResult>,
  lostHosts: Map<string, string>,
  context: RunContext,
): Promise<void> {
  const inPhase = new Set(steps.map((step) => step.id));
  const waiting = new Set(steps);
  const running = new Set<Promise<void>>();
  const ended = (id: StepId) => results.has(id) || !inPhase.has(id);

  let working = 0;

  const start = (unit: Unit) => {
    for (const step of unit.steps) waiting.delete(step);
    const weight = isWait(unit) ? 0 : 1;
    working += weight;
    const work = runUnit(unit, results, lostHosts, context).finally(() => {
      running.delete(work);
      working -= weight;
    });
    running.add(work);
  };

  while (waiting.size > 0) {
    // one that was cancelled may be a condition of one that was looked at before it
    for (let left = -1; left !== waiting.size; ) {
      left = waiting.size;
      cancelHopeless(waiting, results, context);
    }
    skipUnneeded(waiting, results, context);
    const units = readyUnits([...waiting], ended);
    for (const unit of units) if (isWait(unit) || working < context.forks) start(unit);
    if (running.size === 0 && waiting.size > 0 && units.length === 0) {
      throw new Error(`steps wait for each other: ${[...waiting].map((step) => step.id).join(', ')}`);
    }
    if (running.size > 0) await Promise.race(running);
  }
  await Promise.all(running);
}

/** Waits cost nothing on our side, and what they wait for may still have to be started: they take no fork. */
function isWait(unit: Unit): boolean {
  return unit.steps[0].action.kind === 'wait';
}

function cancelHopeless(waiting: Set<Step>, results: Map<StepId, StepResult>, context: RunContext): void {
  for (const step of waiting) {
    const failed = conditionsOf(step)
      .map((id) => results.get(id))
      .find((result) => result && !['ok', 'changed', 'skipped'].includes(result.status));
    if (!failed && !context.signal.aborted) continue;
    const atMs = context.nowMs();
    const message = failed
      ? `needs ${failed.step}, which ${failed.status === 'cancelled' ? 'was cancelled' : 'failed'}`
      : 'interrupted';
    const result = cancelledResult(step, atMs, message);
    results.set(step.id, result);
    waiting.delete(step);
    context.emit({ kind: 'step-ended', atMs, step, result });
  }
}

/** What would be undone was put to use: there is nothing to undo. */
function skipUnneeded(waiting: Set<Step>, results: Map<StepId, StepResult>, context: RunContext): void {
  for (const step of waiting) {
    const status = step.unless === undefined ? undefined : results.get(step.unless)?.status;
    if (status !== 'ok' && status !== 'changed') continue;
    const atMs = context.nowMs();
    const result: StepResult = { ...cancelledResult(step, atMs, 'not needed'), status: 'skipped' };
    results.set(step.id, result);
    waiting.delete(step);
    context.emit({ kind: 'step-ended', atMs, step, result });
  }
}

/** Groups what can start now. @param ended true for a step that has its result, or belongs to another phase */
export function readyUnits(waiting: readonly Step[], ended: (id: StepId) => boolean): Unit[] {
  const units: Unit[] = [];
  const batches = new Map<string, [Step, ...Step[]]>();
  const merged = new Map<string, [Step, ...Step[]]>();
  for (const step of waiting) {
    const how = ACTIONS[step.action.kind].how;
    const batch = batches.get(step.host);
    // a batch runs in order: within it a step may directly follow what it needs
    const met = (id: StepId) => ended(id) || (how === 'batch' && batch?.some((other) => other.id === id) === true);
    if (![...conditionsOf(step), ...step.after].every(met)) continue;
    // whether it is needed shows only once that has ended
    if (step.unless !== undefined && !ended(step.unless)) continue;
    if (how === 'batch') add(batches, step);
    else if (how === 'merged') add(merged, step);
    else units.push({ how, host: step.host, steps: [step] });
  }
  for (const [host, steps] of batches) units.push({ how: 'batch', host, steps });
  for (const [host, steps] of merged) units.push({ how: 'merged', host, steps });
  return units;
}

function add(groups: Map<string, [Step, ...Step[]]>, step: Step): void {
  const group = groups.get(step.host);
  if (group) group.push(step);
  else groups.set(step.host, [step]);
}
