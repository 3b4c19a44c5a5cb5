import { masked, plainSecrets } from '../../../deployment/plainSecrets.ts';
import { EXIT } from '../../../errors/exitCodes.ts';
import type { StepResult } from '../../../plan/step.ts';
import type { FailureLimit } from '../../../runner/context.ts';
import type { RunSummary } from '../../../runner/event.ts';
import { runPlan } from '../../../runner/run.ts';
import type { DesiredRecord } from '../../../state/desiredRecord.ts';
import { type Journal, type JournalAsked, newRunId, openJournal } from '../../../state/journal.ts';
import { rememberDeployment } from '../../../state/lastDeployment.ts';
import { LeaseProblem } from '../../../state/leaseErrors.ts';
import { type RunFact, runFactText } from '../../../state/runFact.ts';
import { wroteLines } from '../../../state/wrote.ts';
import { clusterPaths } from '../../../topology/paths.ts';
import { isKept, keepScript } from '../../generations/keep.ts';
import { desiredRecordOf, type EndedRun, pastRunLine, rememberScript } from '../../generations/remember.ts';
import { recordWithout } from '../../generations/removedHosts.ts';
import type { Planned, ServeContext } from '../planned.ts';
import { PLAINLY, type TransferWish, transfersOf } from '../transfers.ts';
import { blameFailedStarts } from './blame/blame.ts';
import { exitOf, nextWords } from './exitOf.ts';
import { type LeasedRun, leaseFor } from './leaseRun.ts';
import { rollBackTo } from './rollBackTo.ts';

export interface RunOptions {
  readonly forks: number;
  readonly policy: FailureLimit;
  readonly command: string;
  /** How large files shall travel; absent: plainly. */
  readonly transfer?: TransferWish;
  /** What was asked for, so that it can be finished by another command. */
  readonly asked?: JournalAsked;
  /** Hosts that the deployment no longer has, and that nothing is left on afterwards; absent: none. */
  readonly cleans?: readonly string[];
  /** When a change brings no token, or its servers do not come up, bring back what served before. */
  readonly rollBack?: boolean;
}

/** A run that holds what it needs. */
interface BegunRun {
  readonly id: string;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly planned: Planned;
  readonly options: RunOptions;
  readonly journal: Journal;
  /** Null: it changes nothing. */
  readonly leased: LeasedRun | null;
}

/** Runs a plan to its end, under the cluster's lease where it changes anything, and says how it ended. Journals and remembers it. */
export async function runPlanned(planned: Planned, options: RunOptions, given: ServeContext): Promise<RunSummary> {
  const { clusterView, plan } = planned;
  const { deployment } = clusterView;
  const secrets = plainSecrets(deployment);
  const context: ServeContext = { ...given, emit: (event) => given.emit(masked(event, secrets)) };
  const id = newRunId(context.now());
  const startedAt = context.now().toISOString();
  const journal = await openJournal(context.stateFolder, {
    run: id,
    command: options.command,
    deployment: deployment.file,
    plan,
    startedAt,
    asked: options.asked ?? null,
  });
  await rememberDeployment(context.stateFolder, deployment.file);
  const leased = await leaseOrClose(planned, id, options, journal, context);
  const run: BegunRun = { id, startedAt, planned, options, journal, leased };
  const ended = await runSteps(run, context);
  const blame = await blameFailedStarts(clusterView, ended.results, context.pool.open, context.signal);
  const own = summarize(run, ended, context, blame);
  const back =
    options.rollBack && leased !== null
      ? await rollBackTo(
          { planned, leased, failed: own, blame, limit: options.asked?.selection.limit ?? [] },
          (way) => runBack(way, run, context),
          context,
        )
      : null;
  if (leased !== null) await endRun(run, leased, masked(back?.summary ?? own, secrets), back, context);
  const summary = masked(back?.summary ?? own, secrets);
  await journal.close(summary);
  context.emit({ kind: 'run-ended', atMs: context.nowMs(), summary });
  return summary;
}

/** The way back is a run of its own under the same lease. */
async function runBack(way: Planned, failed: BegunRun, context: ServeContext): Promise<RunSummary> {
  const { deployment } = failed.planned.clusterView;
  const id = newRunId(context.now());
  const header = { run: id, command: 'rollback', deployment: deployment.file, plan: way.plan, asked: null };
  const journal = await openJournal(context.stateFolder, { ...header, startedAt: context.now().toISOString() });
  const run: BegunRun = { ...failed, id, planned: way, journal };
  const ended = await runSteps(run, context);
  // secrets of then may be others
  const summary = masked(summarize(run, ended, context), plainSecrets(way.clusterView.deployment));
  await journal.close(masked(summary, plainSecrets(deployment)));
  return summary;
}

/** What came of a run's steps. */
interface EndedSteps {
  readonly results: readonly StepResult[];
  readonly verdict: ReturnType<typeof exitOf>;
}

async function runSteps(
  { id, planned: { plan, clusterView }, options, journal, leased }: BegunRun,
  context: ServeContext,
): Promise<EndedSteps> {
  context.emit({ kind: 'run-started', atMs: context.nowMs(), run: id, steps: plan.steps });
  const open = leased?.lease.open ?? context.pool.open;
  const secrets = plainSecrets(clusterView.deployment);
  const { forks, policy, transfer = PLAINLY } = options;
  const transfers = transfersOf(transfer, open, context);
  const results = await runPlan(plan, {
    open,
    ...(context.apiKey && { apiKey: context.apiKey }),
    transfers,
    emit: context.emit,
    journal: { ...journal, end: (result) => journal.end(masked(result, secrets)) },
    signal: leased === null ? context.signal : AbortSignal.any([context.signal, leased.lease.lostSignal]),
    nowMs: context.nowMs,
    forks,
    policy,
  }).finally(() => transfers.close());
  return { results, verdict: exitOf(results, context.signal.aborted, leased?.lease.lost != null) };
}

/** A run that may not begin leaves its journal closed. */
async function leaseOrClose(
  planned: Planned,
  run: string,
  options: RunOptions,
  journal: Journal,
  context: ServeContext,
): Promise<LeasedRun | null> {
  try {
    return await leaseFor(planned, run, options, context);
  } catch (error) {
    // then every step is cancelled, which says it
    if (context.signal.aborted) return null;
    await journal.close({ outcome: 'locked', exitCode: error instanceof LeaseProblem ? error.exitCode : EXIT.bug });
    throw error;
  }
}

/** Keeps what has just served, lets the hosts remember how the run ended, and gives the lease back: one round trip. */
async function endRun(
  { id, startedAt, planned, options }: BegunRun,
  { lease, fact }: LeasedRun,
  summary: RunSummary,
  back: { readonly way: Planned } | null,
  context: ServeContext,
): Promise<void> {
  const served = back?.way ?? planned;
  const { clusterView } = served;
  const { generation } = served.plan;
  const ended: EndedRun = {
    run: id,
    command: options.command,
    by: fact.owner,
    startedAt,
    generation: fact.generation,
    summary,
  };
  const record = desiredRecordOf(clusterView, { ...ended, generation });
  const made: Pick<RunFact, 'generation' | 'nodes'> = { generation, nodes: record.nodes };
  const worked = summary.outcome === 'done' || summary.outcome === 'rolled-back';
  const verified = summary.results.some(({ step, status }) => step.startsWith('verify/') && status === 'ok');
  const keeps = worked && verified && served.whole === true && !isKept(clusterView, generation);
  const isDesired = back === null && makesDesired(options.command, worked && verified);
  const hosts = new Set(clusterView.topology.hosts.map((host) => host.address));
  const text = runFactText({ ...fact, ...(back && made), state: STATES[summary.outcome] });
  const line = pastRunLine(planned.clusterView, ended);
  const steps = [...planned.plan.steps, ...(back?.way.plan.steps ?? [])];
  const { folder } = clusterPaths(clusterView.deployment.statePath, clusterView.deployment.name);
  const desired = isDesired ? record : recordOfCleaned(options.cleans ?? [], planned, summary);
  const problems = await lease.release(text, (address) => {
    const wrote = wroteLines(steps, summary.results, address, folder);
    const remembering = rememberScript(planned.clusterView, line, desired, wrote);
    return [keeps && hosts.has(address) ? keepScript(clusterView, address, record) : '', remembering].join('\n');
  });
  for (const problem of problems)
    context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'warning', text: problem });
}

/** What should run stays what it was, without the hosts that were cleaned; null: none was. */
function recordOfCleaned(
  addresses: readonly string[],
  { clusterView, plan }: Planned,
  { results }: RunSummary,
): DesiredRecord | null {
  const done = new Set<string>(results.flatMap(({ step, status }) => (status === 'changed' ? [step] : [])));
  const isClean = (address: string) =>
    plan.steps.filter(({ host }) => host === address).every(({ id }) => done.has(id));
  const cleaned = addresses.filter(isClean);
  return cleaned.length === 0 ? null : recordWithout(clusterView, cleaned);
}

/** A rollback was asked for, however it ended; anything else counts once a token came. A stop or restart changes nothing. */
function makesDesired(command: string, served: boolean): boolean {
  if (command === 'stop' || command === 'restart') return false;
  return command === 'rollback' || served;
}

const STATES: Readonly<Record<RunSummary['outcome'], RunFact['state']>> = {
  done: 'done',
  failed: 'failed',
  unreachable: 'failed',
  'not-serving': 'failed',
  interrupted: 'interrupted',
  locked: 'failed',
  'rolled-back': 'rolled-back',
  'rollback-failed': 'failed',
};

/** @param blame why servers did not come up */
function summarize(
  { id, planned: { clusterView, plan }, leased, options }: BegunRun,
  { results, verdict }: EndedSteps,
  context: ServeContext,
  blame: readonly string[] = [],
): RunSummary {
  const count = (...statuses: StepResult['status'][]) =>
    results.filter((result) => statuses.includes(result.status)).length;
  return {
    run: id,
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
      ...blame,
      ...nextWords(verdict.outcome, results, plan, clusterView, options.command),
    ],
  };
}
