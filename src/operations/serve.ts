import type { Deployment } from '../deployment/deployment.ts';
import type { Facts } from '../facts/facts.ts';
import { takeOverOf } from '../plan/foreign.ts';
import { type Selection, select } from '../plan/select.ts';
import type { StepResult } from '../plan/step.ts';
import type { Tag } from '../plan/tags.ts';
import { words } from '../plan/words.ts';
import type { FailureLimit } from '../runner/context.ts';
import type { RunSummary } from '../runner/event.ts';
import { runPlan } from '../runner/run.ts';
import { type Journal, newRunId, openJournal } from '../state/journal.ts';
import { rememberDeployment } from '../state/lastDeployment.ts';
import { LeaseProblem } from '../state/leaseErrors.ts';
import { runFactText } from '../state/runFact.ts';
import { gatherFacts } from './facts.ts';
import { judge, nextWords } from './judge.ts';
import { readLocalInputs } from './localInputs.ts';
import { type LeasedRun, leaseFor } from './lock.ts';
import { drawPicture, type Picture, planOf, questions } from './picture.ts';
import type { Planned, ServeContext } from './planned.ts';

export type { Planned, ServeContext };

/** Probes every host once (unless `facts` are given) and plans the selected part of the way to what should be. */
export async function planServe(
  deployment: Deployment,
  selection: Selection,
  facts: Facts | null,
  context: ServeContext,
): Promise<Planned> {
  const inputs = await readLocalInputs(deployment);
  const found = facts ?? (await probe(deployment, inputs, context));
  const picture = drawPicture(deployment, inputs, found);
  const askedFor = words(selection.only) as Tag[];
  const takeOver = selection.takeOver.flatMap((words) => words.split(',')).map((word) => word.trim());
  const { plan, problems } = select(planOf(picture, askedFor, takeOver), selection, picture.topology);
  return { picture, plan, problems: [...takeOverOf(takeOver, found, deployment.name).problems, ...problems] };
}

/** Asks every host once, telling of each as it answers. */
export async function probe(deployment: Deployment, inputs: Picture['inputs'], context: ServeContext): Promise<Facts> {
  const requests = questions(deployment, inputs);
  context.emit({ kind: 'probe-started', atMs: context.nowMs(), hosts: Object.keys(requests) });
  return gatherFacts(context.pool.open, requests, {
    signal: context.signal,
    onHost: (facts, durationMs) =>
      context.emit({
        kind: 'host-probed',
        atMs: context.nowMs(),
        host: facts.address,
        durationMs,
        problem: facts.reachable ? null : facts.reason,
      }),
  });
}

/** Runs a plan to its end and says how it ended. Journals and remembers it. */
export async function runPlanned(
  planned: Planned,
  options: { readonly forks: number; readonly policy: FailureLimit; readonly command: string },
  context: ServeContext,
): Promise<RunSummary> {
  const { picture, plan } = planned;
  const { deployment } = picture;
  const run = newRunId(context.now());
  const journal = await openJournal(context.stateFolder, {
    run,
    command: options.command,
    deployment: deployment.file,
    plan,
    startedAt: context.now().toISOString(),
  });
  await rememberDeployment(context.stateFolder, deployment.file);
  const leased = await leaseOrClose(planned, run, options, journal, context);
  context.emit({ kind: 'run-started', atMs: context.nowMs(), run, steps: plan.steps });
  const results = await runPlan(plan, {
    open: leased?.lease.open ?? context.pool.open,
    emit: context.emit,
    journal,
    signal: leased === null ? context.signal : AbortSignal.any([context.signal, leased.lease.lostSignal]),
    nowMs: context.nowMs,
    forks: options.forks,
    policy: options.policy,
  });
  const verdict = judge(results, context.signal.aborted, leased?.lease.lost != null);
  if (leased !== null) await endRun(leased, verdict.outcome, context);
  const summary = summarize(run, planned, results, verdict, leased, context);
  await journal.close(summary);
  context.emit({ kind: 'run-ended', atMs: context.nowMs(), summary });
  return summary;
}

/** A run that may not begin leaves its journal closed. */
async function leaseOrClose(
  planned: Planned,
  run: string,
  options: { readonly policy: FailureLimit; readonly command: string },
  journal: Journal,
  context: ServeContext,
): Promise<LeasedRun | null> {
  try {
    return await leaseFor(planned, run, options, context);
  } catch (error) {
    // then every step is cancelled, which says it
    if (context.signal.aborted) return null;
    await journal.close({ outcome: 'locked', exitCode: error instanceof LeaseProblem ? error.exitCode : 70 });
    throw error;
  }
}

async function endRun(
  { lease, fact }: LeasedRun,
  outcome: RunSummary['outcome'],
  context: ServeContext,
): Promise<void> {
  const state = outcome === 'done' ? 'done' : outcome === 'interrupted' ? 'interrupted' : 'failed';
  const problems = await lease.release(runFactText({ ...fact, state }));
  for (const problem of problems) {
    const text = `the lease could not be given back (${problem}): it is anybody's after its time`;
    context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'warning', text });
  }
}

function summarize(
  run: string,
  { picture, plan }: Planned,
  results: readonly StepResult[],
  verdict: ReturnType<typeof judge>,
  leased: LeasedRun | null,
  context: ServeContext,
): RunSummary {
  const count = (...statuses: StepResult['status'][]) =>
    results.filter((result) => statuses.includes(result.status)).length;
  return {
    run,
    ...verdict,
    changed: count('changed'),
    ok: count('ok', 'skipped'),
    failed: count('failed', 'unreachable'),
    cancelled: count('cancelled'),
    durationMs: context.nowMs(),
    results,
    traffic: Object.fromEntries(context.pool.hosts().map((host) => [host.address, { ...host.meter }])),
    next: [
      ...(leased?.lease.lost ? [leased.lease.lost.message] : []),
      ...nextWords(verdict.outcome, results, plan, picture),
    ],
  };
}
