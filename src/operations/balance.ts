import { isWorse, type PatternKind, worthIt } from '../balancing/gate.ts';
import { NO_OVERLAY, type Overlay, withDumps, withPattern } from '../balancing/overlay.ts';
import type { BalanceRecord, Decision } from '../balancing/record.ts';
import { type BalanceTarget, balanceTargets } from '../balancing/targets.ts';
import { UserError } from '../cli/userError.ts';
import type { Deployment, ServerRole } from '../deployment/deployment.ts';
import type { SolverName } from '../patterns/solvers.ts';
import type { RunSummary } from '../runner/event.ts';
import { buildTopology } from '../topology/build.ts';
import { type Collected, collect } from './balanceCollect.ts';
import {
  appendHistory,
  balanceFolder,
  clearPending,
  type Pending,
  readOverlay,
  readPending,
  writeOverlay,
  writePending,
} from './balanceFiles.ts';
import { planRollOut, type RolledOut, type RollOutContext, rollOut } from './balanceRollOut.ts';
import { chooseNext, writeNext } from './balanceSolve.ts';
import { readLocalInputs } from './localInputs.ts';
import { drawPicture } from './picture.ts';
import { probe } from './serve.ts';

export interface BalanceChoices {
  readonly role: ServerRole | 'all';
  readonly solver: SolverName;
  readonly kind: PatternKind | 'auto';
  readonly seed: number;
  /** share of a step that the experts take */
  readonly expertShare: number;
  /** share of a step that must be saved */
  readonly minGain: number;
  /** windows with load, of each instance, before and after */
  readonly windows: number;
  readonly waitMs: number;
  /** Show what would be gained, and change nothing. */
  readonly check: boolean;
}

export interface BalanceContext extends RollOutContext {
  /** Of the deployment, absolute. */
  readonly file: string;
  /** The deployment with an overlay on it. */
  readonly load: (overlay: Overlay) => Promise<Deployment>;
  readonly say: (line: string) => void;
  readonly version: string;
  /** Where dumps are fetched to. */
  readonly dumpFolder: string;
}

export interface BalanceAnswer {
  readonly decision: Decision;
  readonly reason: string;
  readonly exitCode: 0 | 3 | 7 | 8;
  readonly targets: readonly BalanceRecord[];
}

/** The newest windows that count: an hour of them. */
const NEWEST = 60;

/** From dumps to a better placement in service, one target after the other. */
export async function balance(context: BalanceContext, choices: BalanceChoices): Promise<BalanceAnswer> {
  const overlay = (await readOverlay(context.file)) ?? NO_OVERLAY;
  const { targets, problems } = balanceTargets(buildTopology(await context.load(overlay)), choices.role);
  if (targets.length === 0) throw new UserError('nothing_to_balance', problems.join('\n'));
  for (const problem of problems) context.say(`passed over: ${problem}`);
  const records: BalanceRecord[] = [];
  for (const { name } of targets) {
    const record = await balanceTarget(name, context, choices);
    records.push(record);
    if (record.decision !== 'planned') await appendHistory(context.file, record);
    if (EXIT_OF[record.decision] !== 0) break;
  }
  const worst = records.at(-1)!;
  return { decision: worst.decision, reason: worst.reason, exitCode: EXIT_OF[worst.decision], targets: records };
}

const EXIT_OF: Readonly<Record<Decision, BalanceAnswer['exitCode']>> = {
  applied: 0,
  kept: 0,
  planned: 0,
  failed: 3,
  'rolled-back': 7,
  'rollback-failed': 8,
};

async function balanceTarget(name: string, context: BalanceContext, choices: BalanceChoices): Promise<BalanceRecord> {
  const pending = await readPending(context.file);
  if (pending?.target === name && !choices.check) {
    context.say(`${name}: taking up the change that was begun at ${pending.record.at}`);
    return finish(pending, context, choices);
  }
  const overlay = (await readOverlay(context.file)) ?? NO_OVERLAY;
  const clock = stopwatch(context);
  const started = blank(name, context);
  const target = await targetNamed(name, overlay, context);
  const recording = target.placement.enableDump ? overlay : withDumps(overlay, target, true);
  const obstacle = await makeRecording(target, overlay, recording, context, choices.check);
  if (obstacle !== null) return { ...started, ...obstacle };
  const collected = await collectNow(name, recording, context, choices, choices.check ? 0 : choices.waitMs);
  const collectMs = clock();
  const next = chooseNext(target, collected, choices);
  const { prediction } = next;
  const solveMs = clock();
  const known = {
    ...started,
    parBefore: collected.measured.mean,
    parPredicted: prediction.parPredictedMean,
    stepTimeGain: prediction.stepTimeGain,
    movedExperts: prediction.movedExperts,
    timings: { collectMs, solveMs },
  };
  const verdict = worthIt(prediction, choices);
  if (!verdict.yes) return { ...known, decision: 'kept', reason: verdict.reason };
  const reason = `${verdict.reason}; ${next.because}`;
  if (choices.check) return { ...known, decision: 'planned', reason };
  context.say(`${name}: ${reason}`);
  const folder = balanceFolder(context.file);
  const { version } = context;
  const { solver, seed } = choices;
  const written = await writeNext(folder, target, collected, next, { now: context.now(), version, solver, seed });
  const after = withPattern(recording, target, `${folder.slice(folder.lastIndexOf('/') + 1)}/${written.name}`);
  await context.confirm(await planRollOut(await context.load(after), target, context));
  const change: Pending = {
    version: 1,
    target: name,
    before: [...recording],
    next: [...after],
    record: { ...known, reason, pattern: written.name },
  };
  await writePending(context.file, change);
  return finish(change, context, choices);
}

/** From a written pattern to one that serves and was measured, or back. */
async function finish(pending: Pending, context: BalanceContext, choices: BalanceChoices): Promise<BalanceRecord> {
  const { target: name, record } = pending;
  const next: Overlay = new Map(pending.next);
  const clock = stopwatch(context);
  await writeOverlay(context.file, next);
  const applied = await rollOutOverlay(name, next, context);
  const known = { ...record, restarted: applied.restarted, timings: { ...record.timings, applyMs: clock() } };
  refuseInterrupted(context);
  if (applied.why !== null) return goBack(pending, known, `the servers did not come up: ${applied.why}`, context);
  const after = await measureAfter(name, next, context, choices);
  const timings = { ...known.timings, measureMs: clock() };
  if (typeof after === 'string') {
    await clearPending(context.file);
    return { ...known, decision: 'applied', reason: `${record.reason}; not measured: ${after}`, timings };
  }
  const { mean: parAfter } = after.measured;
  const measured = { ...known, parAfter, timings };
  if (record.parBefore !== null && isWorse(record.parBefore, parAfter)) {
    const why = `measured PAR rose from ${record.parBefore.toFixed(3)} to ${parAfter.toFixed(3)}`;
    return goBack(pending, measured, why, context);
  }
  await clearPending(context.file);
  return { ...measured, decision: 'applied', reason: record.reason };
}

async function goBack(
  pending: Pending,
  record: BalanceRecord,
  why: string,
  context: BalanceContext,
): Promise<BalanceRecord> {
  context.say(`${pending.target}: ${why}; going back`);
  const before: Overlay = new Map(pending.before);
  await writeOverlay(context.file, before);
  const back = await rollOutOverlay(pending.target, before, context);
  refuseInterrupted(context);
  await clearPending(context.file);
  if (back.why !== null)
    return { ...record, decision: 'rollback-failed', reason: `${why}; going back failed too: ${back.why}` };
  return { ...record, decision: 'rolled-back', reason: `${why}; what served before serves again` };
}

/** `why`: what failed; null: all instances serve what the overlay says. A pattern that no longer fits is a failure too. */
async function rollOutOverlay(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
): Promise<Pick<RolledOut, 'restarted'> & { readonly why: string | null }> {
  try {
    const deployment = await context.load(overlay);
    const { restarted, failed } = await rollOut(deployment, await targetNamed(name, overlay, context), context);
    return { restarted, why: failed === null ? null : wordsOf(failed) };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'bad_deployment') throw error;
    return { restarted: [], why: error.message };
  }
}

/** Brings the target to where its servers record, as the overlay says. Null: they do. */
async function makeRecording(
  target: BalanceTarget,
  overlay: Overlay,
  recording: Overlay,
  context: BalanceContext,
  checkOnly: boolean,
): Promise<Pick<BalanceRecord, 'decision' | 'reason'> | null> {
  const deployment = await context.load(recording);
  const plan = await planRollOut(deployment, target, context);
  const starting = plan.steps.filter(({ tag, action }) => tag === 'run_server' && action.kind === 'spawn');
  if (starting.length === 0) return null;
  const nodes = starting.map(({ node }) => node).join(', ');
  const because =
    recording === overlay
      ? `its servers are not as the deployment says (${starting[0]!.because}), and bringing them there restarts ${nodes}`
      : `its dumps are off, and turning them on restarts ${nodes}`;
  if (checkOnly) return { decision: 'planned', reason: `nothing is recorded yet: ${because}` };
  context.say(`${target.name}: ${because}`);
  await context.confirm(plan);
  await writeOverlay(context.file, recording);
  const { failed } = await rollOut(deployment, target, context);
  refuseInterrupted(context);
  return failed === null ? null : { decision: 'failed', reason: `recording could not be started: ${wordsOf(failed)}` };
}

async function collectNow(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
  { windows }: BalanceChoices,
  waitMs: number,
): Promise<Collected> {
  const deployment = await context.load(overlay);
  const inputs = await readLocalInputs(deployment);
  const picture = drawPicture(deployment, inputs, await probe(deployment, inputs, context));
  return collect(context.pool.open, picture, await targetNamed(name, overlay, context), {
    out: context.dumpFolder,
    windows,
    atMost: NEWEST,
    waitMs,
    signal: context.signal,
    say: context.say,
  });
}

/** What was measured, or why nothing was. */
async function measureAfter(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
  choices: BalanceChoices,
): Promise<Collected | string> {
  try {
    return await collectNow(name, overlay, context, choices, choices.waitMs);
  } catch (error) {
    if (error instanceof UserError && error.code === 'too_few_windows') return error.message;
    throw error;
  }
}

async function targetNamed(name: string, overlay: Overlay, context: BalanceContext): Promise<BalanceTarget> {
  const { targets, problems } = balanceTargets(buildTopology(await context.load(overlay)), 'all');
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new UserError('nothing_to_balance', [`there is no ${name}`, ...problems].join('\n'));
  return target;
}

function blank(target: string, context: BalanceContext): BalanceRecord {
  return {
    at: context.now().toISOString(),
    target,
    decision: 'kept',
    reason: '',
    parBefore: null,
    parPredicted: null,
    parAfter: null,
    stepTimeGain: null,
    movedExperts: null,
    restarted: [],
    pattern: null,
    timings: {},
  };
}

function wordsOf({ results, outcome }: RunSummary): string {
  const failed = results.find(({ status }) => status === 'failed' || status === 'unreachable');
  return failed ? `${failed.step}: ${failed.message}` : outcome;
}

/** What was begun stays noted: the next run takes it up. */
function refuseInterrupted({ signal }: BalanceContext): void {
  if (signal.aborted)
    throw new UserError('interrupted', 'Interrupted. Run it again: it goes on from where it was.', { exitCode: 130 });
}

function stopwatch({ nowMs }: BalanceContext): () => number {
  let last = nowMs();
  return () => {
    const now = nowMs();
    const took = Math.round(now - last);
    last = now;
    return took;
  };
}
