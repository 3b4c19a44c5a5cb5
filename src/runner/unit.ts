import { randomBytes } from 'node:crypto';
import { conditionsOf, type Step, type StepId, type StepResult } from '../plan/step.ts';
import { type RemoteHost, TransportError } from '../transport/host.ts';
import type { ActionContext, ActionRunner, Outcome } from './actions/action.ts';
import { ACTIONS } from './actions/index.ts';
import { batchReader, composeBatch, type FragmentEnd } from './batch.ts';
import { failureWords } from './cause.ts';
import type { RunContext } from './context.ts';
import { deadlineSignal } from './deadline.ts';
import { Recorder, type Unit } from './recorder.ts';

/** Carries out a unit and records a result for each of its steps, however it ends. */
export async function runUnit(
  unit: Unit,
  results: Map<StepId, StepResult>,
  lostHosts: Map<string, string>,
  context: RunContext,
): Promise<void> {
  const recorder = new Recorder(unit, results, context);
  const lost = lostHosts.get(unit.host);
  if (unit.how !== 'here' && lost !== undefined) {
    recorder.endRest({ status: 'unreachable', message: lost });
    return;
  }
  try {
    await context.journal.begin(unit.steps);
    if (unit.how === 'here') runHere(unit.steps[0], recorder);
    else {
      const host = await context.open(unit.host, context.signal);
      if (unit.how === 'batch') await runBatch(unit.steps, host, recorder, context);
      else if (unit.how === 'merged') await runMerged(unit.steps, host, recorder, context);
      else await runAlone(unit.steps[0], host, recorder, context);
    }
  } catch (error) {
    recorder.endRest(outcomeOf(error, unit.host, lostHosts, context));
  }
  recorder.endRest({ status: 'failed', message: 'the host gave no result for this step' });
  // together: they share their way to the disk
  await Promise.all(
    unit.steps.flatMap((step) => results.get(step.id) ?? []).map((result) => context.journal.end(result)),
  ).catch((error: unknown) =>
    recorder.notice(`the journal is incomplete: ${error instanceof Error ? error.message : error}`),
  );
}

function outcomeOf(error: unknown, host: string, lostHosts: Map<string, string>, context: RunContext): Outcome {
  if (context.signal.aborted) return { status: 'cancelled', message: 'interrupted' };
  if (!(error instanceof Error)) throw error;
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  // a port without a listener is the server's fault, not the host's
  if (error instanceof TransportError && error.code !== 'refused-channel') {
    lostHosts.set(host, `${error.message}${hint}`);
    return { status: 'unreachable', message: `${error.message}${hint}` };
  }
  // a failure with its own message is the step's; anything else is a bug of ours and must be shown whole
  if ('code' in error) return { status: 'failed', message: `${error.message}${hint}` };
  throw error;
}

function runHere(step: Step, recorder: Recorder): void {
  recorder.began(step);
  recorder.end(step, (ACTIONS[step.action.kind] as HereRunner).run(step));
}

async function runAlone(step: Step, host: RemoteHost, recorder: Recorder, context: RunContext): Promise<void> {
  recorder.began(step);
  const runner = ACTIONS[step.action.kind] as AloneRunner;
  const limit = deadlineSignal(step.deadlineMs + (runner.lastWordsMs ?? 0), context.signal);
  try {
    const outcome = await runner.run(step, host, recorder.contextOf(step, limit.signal));
    recorder.end(step, limit.passed() ? pastDeadline(step) : context.signal.aborted ? interrupted() : outcome);
  } catch (error) {
    if (!limit.passed()) throw error;
    recorder.end(step, pastDeadline(step));
  } finally {
    limit.clear();
  }
}

async function runMerged(
  steps: readonly Step[],
  host: RemoteHost,
  recorder: Recorder,
  context: RunContext,
): Promise<void> {
  for (const step of steps) recorder.began(step);
  const first = steps[0];
  if (!first) return;
  const limit = deadlineSignal(Math.max(...steps.map((step) => step.deadlineMs)), context.signal);
  const runner = ACTIONS[first.action.kind] as MergedRunner;
  try {
    const outcomes = await runner.run(steps, host, recorder.contextOf(first, limit.signal));
    for (const [index, step] of steps.entries()) {
      const outcome = outcomes[index];
      if (outcome) recorder.end(step, outcome);
    }
  } catch (error) {
    if (!limit.passed()) throw error;
    for (const step of steps) recorder.end(step, pastDeadline(step));
  } finally {
    limit.clear();
  }
}

async function runBatch(
  steps: readonly Step[],
  host: RemoteHost,
  recorder: Recorder,
  context: RunContext,
): Promise<void> {
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const runnerOf = (step: Step) => ACTIONS[step.action.kind] as BatchRunner;
  const script = composeBatch(
    steps.map((step) => ({ step, script: runnerOf(step).script(step) })),
    nonce,
  );
  let limit = deadlineSignal(steps[0]?.deadlineMs ?? 0, context.signal);
  const outer = new AbortController();
  const watch = () => limit.signal.addEventListener('abort', () => outer.abort(), { once: true });
  watch();
  let running: Step | null = null;
  const read = batchReader(nonce, {
    began: (index) => {
      running = steps[index] ?? null;
      if (!running) return;
      limit.clear();
      limit = deadlineSignal(running.deadlineMs, context.signal);
      watch();
      recorder.began(running);
    },
    line: (index, line) => {
      const step = steps[index];
      if (!step) return;
      recorder.line(step, line);
      if (runnerOf(step).printsProgress) recorder.progress(step, line, null);
    },
    ended: (index, end) => {
      const step = steps[index];
      if (step) recorder.end(step, outcomeOfEnd(end, step, runnerOf(step).command(step), steps, recorder));
    },
  });
  try {
    const result = await host.run(script, {
      signal: outer.signal,
      onLine: (line, stream) => stream === 1 && read(line),
    });
    if (result.ended === 'exit') {
      const words = result.stderr.trim().split('\n').slice(-5);
      recorder.endRest({
        status: 'failed',
        message: `the batch ended early with exit code ${result.code}`,
        exitCode: result.code,
        output: words,
      });
    } else if (limit.passed() && running) {
      recorder.end(running, pastDeadline(running));
      recorder.endRest({ status: 'cancelled', message: 'a step before it ran past its deadline' });
    } else recorder.endRest(interrupted());
  } finally {
    limit.clear();
  }
}

function outcomeOfEnd(
  end: FragmentEnd,
  step: Step,
  command: string,
  steps: readonly Step[],
  recorder: Recorder,
): Outcome {
  const output = recorder.lastLines(step);
  if (end.kind === 'already-done') return { status: 'ok', message: 'already done', command };
  if (end.kind === 'drifted') {
    return {
      status: 'failed',
      message: `drifted: neither as before nor as it should be (guard exit code ${end.code})`,
      exitCode: end.code,
      command,
      output,
    };
  }
  if (end.kind === 'not-run') {
    const failed = conditionsOf(step).find((need) => steps.some((other) => other.id === need));
    return { status: 'cancelled', message: `needs ${failed ?? 'a step before it'}, which failed` };
  }
  const looked = step.action.kind === 'exec' && step.action.looks === true;
  if (end.code === 0)
    return { status: looked ? 'ok' : 'changed', message: output.at(-1) ?? 'done', command, exitCode: 0 };
  return { status: 'failed', message: failureWords(end.code, output), exitCode: end.code, command, output };
}

function pastDeadline(step: Step): Outcome {
  return { status: 'failed', message: `not done within ${(step.deadlineMs / 1000).toFixed(0)} s` };
}

function interrupted(): Outcome {
  return { status: 'cancelled', message: 'interrupted' };
}

// The registry pairs each kind with its runner; here the pairing is by `how`, which TypeScript can't follow.
type HereRunner = { run: (step: Step) => Outcome };
type AloneRunner = {
  lastWordsMs?: number;
  run: (step: Step, host: RemoteHost, context: ActionContext) => Promise<Outcome>;
};
type MergedRunner = {
  run: (steps: readonly Step[], host: RemoteHost, context: ActionContext) => Promise<readonly Outcome[]>;
};
type BatchRunner = Extract<ActionRunner<'exec'>, { how: 'batch' }> & {
  script: (step: Step) => string;
  command: (step: Step) => string;
};
