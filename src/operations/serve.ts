import type { Deployment } from '../deployment/deployment.ts';
import type { Facts } from '../facts/facts.ts';
import { takeOverOf } from '../plan/foreign.ts';
import { type Selection, select } from '../plan/select.ts';
import type { Plan, StepResult } from '../plan/step.ts';
import type { Tag } from '../plan/tags.ts';
import { words } from '../plan/words.ts';
import type { FailureLimit } from '../runner/context.ts';
import type { Emit, RunSummary } from '../runner/event.ts';
import { runPlan } from '../runner/run.ts';
import { newRunId, openJournal } from '../state/journal.ts';
import { rememberDeployment } from '../state/lastDeployment.ts';
import type { Pool } from '../transport/pool.ts';
import { gatherFacts } from './facts.ts';
import { judge, nextWords } from './judge.ts';
import { readLocalInputs } from './localInputs.ts';
import { drawPicture, type Picture, planOf, questions } from './picture.ts';

export interface ServeContext {
  readonly pool: Pool;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Milliseconds since the run began. */
  readonly nowMs: () => number;
  readonly now: () => Date;
  /** Where journals are kept. */
  readonly stateFolder: string;
}

export interface Planned {
  readonly picture: Picture;
  /** The selected part. */
  readonly plan: Plan;
  /** Why the selection can't be run; empty: it can. */
  readonly problems: readonly string[];
}

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
  context.emit({ kind: 'run-started', atMs: context.nowMs(), run, steps: plan.steps });
  const results = await runPlan(plan, {
    open: context.pool.open,
    emit: context.emit,
    journal,
    signal: context.signal,
    nowMs: context.nowMs,
    forks: options.forks,
    policy: options.policy,
  });
  const summary = summarize(run, planned, results, context);
  await journal.close(summary);
  context.emit({ kind: 'run-ended', atMs: context.nowMs(), summary });
  return summary;
}

function summarize(
  run: string,
  { picture, plan }: Planned,
  results: readonly StepResult[],
  context: ServeContext,
): RunSummary {
  const count = (...statuses: StepResult['status'][]) =>
    results.filter((result) => statuses.includes(result.status)).length;
  const verdict = judge(results, context.signal.aborted);
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
    next: nextWords(verdict.outcome, results, plan, picture),
  };
}
