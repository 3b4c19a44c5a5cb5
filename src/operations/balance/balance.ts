import type { Pending } from '../../balancing/balance.gen.ts';
import { worthIt } from '../../balancing/gate.ts';
import { NO_OVERLAY, type Overlay, withSettings } from '../../balancing/overlay.ts';
import { type BalanceRecord, changeCost, type Decision, rounded } from '../../balancing/record.ts';
import { type BalanceTarget, balanceTargets } from '../../balancing/targets.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import type { ExpertControl } from '../../engines/expertControl.ts';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT, type ExitCode } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { balanceFolder, readOverlay, writeOverlay } from '../cluster/overlay.ts';
import { type RecordingControl, recordingControlOf } from '../cluster/recordingControl.ts';
import { finishChange, refuseInterrupted, stopwatch, wordsOf } from './change.ts';
import type { Collected } from './collect.ts';
import { lastAway } from './cost.ts';
import { refuseMixed } from './dumps.ts';
import { appendHistory, clearPending, readPending, sweepPartials, writeIntoDeployment, writePending } from './files.ts';
import { lockBalance } from './folderLock.ts';
import { collectNow, targetNamed } from './measure.ts';
import { planRollOut, rollOut } from './rollOut.ts';
import { type Chosen, chooseNext, writeNext } from './solve.ts';
import { costText } from './text.ts';
import type { BalanceAnswer, BalanceChoices, BalanceContext } from './types.ts';

/**
 * From dumps to a better placement in service, one target after the other.
 * @throws UserError `balance_locked` while another process balances beside the same deployment file
 */
export async function balance(context: BalanceContext, choices: BalanceChoices): Promise<BalanceAnswer> {
  // who only looks writes nothing there
  if (choices.check) return balanceAll(context, choices);
  const unlock = await lockBalance(context.file);
  try {
    const answer = await balanceAll(context, choices);
    if (choices.write && answer.exitCode === EXIT.done) await writeIntoDeployment(context.file);
    return answer;
  } finally {
    await unlock();
  }
}

async function balanceAll(context: BalanceContext, choices: BalanceChoices): Promise<BalanceAnswer> {
  const pending = await readPending(context.file);
  if (!choices.check) await sweepPartials(context.file);
  const records: BalanceRecord[] = [];
  if (pending !== null && choices.check)
    context.say(
      `${pending.target}: the change that was begun at ${pending.record.at} is not finished: balance without --check takes it up`,
    );
  else if (pending !== null) {
    context.say(`${pending.target}: taking up the change that was begun at ${pending.record.at}`);
    records.push(await recorded(await finishChange(pending, context, choices), context));
  }
  const first = await loadNow(context);
  const { targets, problems } = balanceTargets(topologyOf(first.deployment), choices.role, first.experts);
  if (targets.length === 0 && records.length === 0) throw new UserError('nothing_to_balance', problems.join('\n'));
  for (const problem of problems) context.say(`passed over: ${problem}`);
  let now: Loaded | null = first;
  for (const { name } of targets) {
    if (records.some((record) => record.target === name || EXIT_OF[record.decision] !== EXIT.done)) continue;
    const record = await balanceTarget(name, now ?? (await loadNow(context)), context, choices);
    records.push(record.decision === 'planned' ? record : await recorded(record, context));
    // the target before this one may have changed the overlay
    if (!choices.check) now = null;
  }
  const last = records.at(-1)!;
  return { ...last, exitCode: EXIT_OF[last.decision], targets: records };
}

/** First the decision is remembered, then what was under way forgotten: killed between them, it is taken up once more. */
async function recorded(record: BalanceRecord, { file }: BalanceContext): Promise<BalanceRecord> {
  await appendHistory(file, record);
  await clearPending(file);
  return record;
}

/** What a host said longer ago is asked again before anything is planned on it. */
const FRESH_MS = 15_000;

const EXIT_OF: Readonly<Record<Decision, ExitCode>> = {
  applied: EXIT.done,
  kept: EXIT.done,
  planned: EXIT.done,
  failed: EXIT.stepFailed,
  'rolled-back': EXIT.rolledBack,
  'rollback-failed': EXIT.rollbackFailed,
};

/** The deployment as every command reads it now. Loading validates all of it, so it is passed on. */
interface Loaded {
  readonly overlay: Overlay;
  readonly deployment: Deployment;
  readonly experts: RecordingControl;
}

async function loadNow(context: BalanceContext): Promise<Loaded> {
  const overlay = (await readOverlay(context.file)) ?? NO_OVERLAY;
  const deployment = await context.load(overlay);
  return { overlay, deployment, experts: recordingControlOf(engineOf(deployment.engine)) };
}

async function balanceTarget(
  name: string,
  now: Loaded,
  context: BalanceContext,
  choices: BalanceChoices,
): Promise<BalanceRecord> {
  const clock = stopwatch(context);
  const started = blank(name, context);
  const target = targetNamed(name, now.deployment);
  const { experts } = now;
  const { isRecording } = target.placed;
  const recording = isRecording ? now.overlay : withSettings(now.overlay, target, experts.recorded.switchOn);
  const deployment = isRecording ? now.deployment : await context.load(recording);
  refuseMixed(deployment, target);
  const lookedMs = context.nowMs();
  const found = await makeRecording(
    target,
    { overlay: recording, deployment, experts },
    isRecording,
    context,
    choices.check,
  );
  if (found.obstacle !== null) return { ...started, ...found.obstacle };
  const waitMs = choices.check ? 0 : choices.waitMs;
  const collected = await collectNow(target, deployment, context, { ...choices, waitMs }, found.clusterView);
  const collectMs = clock();
  const next = await chooseNext(target, collected, experts, choices, context.signal);
  const { prediction } = next;
  const solveMs = clock();
  const cost = changeCost(
    target.instances,
    prediction.movedExperts,
    collected.expertBytes,
    await lastAway(context.stateFolder, deployment.name, target),
    prediction.stepTimeGain,
  );
  const known = {
    ...started,
    parBefore: collected.measured.mean,
    parPredicted: prediction.parPredictedMean,
    stepTimeGain: prediction.stepTimeGain,
    movedExperts: prediction.movedExperts,
    parOfLayers: { before: rounded(collected.measured.par), predicted: rounded(prediction.parPredicted) },
    cost,
    timings: { collectMs, solveMs },
  };
  const verdict = worthIt(prediction, choices);
  if (!verdict.yes) return { ...known, decision: 'kept', reason: verdict.reason };
  const reason = `${verdict.reason}; ${next.because}`;
  if (choices.check) return { ...known, decision: 'planned', reason };
  context.say(`${name}: ${reason}`);
  context.say(`${name}: ${costText(prediction.movedExperts, cost)}`);
  // the name of the new pattern is new: no host has it, and what else a host said still holds
  const isFresh = context.nowMs() - lookedMs < FRESH_MS;
  const facts = isFresh ? (found.clusterView?.facts ?? null) : null;
  const begun = { target, overlay: recording, experts, collected, next, record: { ...known, reason }, facts };
  return beginChange(begun, deployment.image, context, choices);
}

/** What was decided for a target, and what is known of its hosts. */
interface Decided {
  readonly target: BalanceTarget;
  readonly overlay: Overlay;
  readonly experts: ExpertControl;
  readonly collected: Collected;
  readonly next: Chosen;
  readonly record: BalanceRecord;
  /** Null: they are asked. */
  readonly facts: Facts | null;
}

/** Writes the pattern, asks, notes what is under way, and carries it out. */
async function beginChange(
  { target, overlay, experts, collected, next, record, facts }: Decided,
  image: string,
  context: BalanceContext,
  choices: BalanceChoices,
): Promise<BalanceRecord> {
  const folder = balanceFolder(context.file);
  const { version } = context;
  const { solver, seed } = choices;
  const written = await writeNext(folder, target, collected, next, {
    now: context.now(),
    version,
    image,
    solver,
    seed,
    codec: experts.codec,
  });
  const file = `${folder.slice(folder.lastIndexOf('/') + 1)}/${written.name}`;
  const after = withSettings(overlay, target, experts.install(file));
  const { plan, clusterView } = await planRollOut(await context.load(after), target, context, facts);
  await context.confirm(plan);
  const change: Pending = {
    version: 1,
    target: target.name,
    before: [...overlay],
    next: [...after],
    record: { ...record, pattern: written.name },
  };
  await writePending(context.file, change);
  return finishChange(change, context, choices, clusterView);
}

interface Recording {
  /** Null: they record. */
  readonly obstacle: Pick<BalanceRecord, 'decision' | 'reason'> | null;
  /** Null: it changed meanwhile. */
  readonly clusterView: ClusterView | null;
}

/** Brings the target to where its servers record, as the overlay says. */
async function makeRecording(
  target: BalanceTarget,
  { overlay, deployment }: Loaded,
  wasRecording: boolean,
  context: BalanceContext,
  checkOnly: boolean,
): Promise<Recording> {
  const { plan, clusterView } = await planRollOut(deployment, target, context);
  const starting = plan.steps.filter(({ tag, action }) => tag === 'run_server' && action.kind === 'spawn');
  if (starting.length === 0) return { obstacle: null, clusterView };
  const nodes = starting.map(({ node }) => node).join(', ');
  const because = wasRecording
    ? `its servers are not as the deployment says (${starting[0]!.because}), and bringing them there restarts ${nodes}`
    : `its dumps are off, and turning them on restarts ${nodes}`;
  if (checkOnly)
    return { obstacle: { decision: 'planned', reason: `nothing is recorded yet: ${because}` }, clusterView: null };
  context.say(`${target.name}: ${because}`);
  await context.confirm(plan);
  await writeOverlay(context.file, overlay);
  const { failed } = await rollOut(deployment, target, context, clusterView.facts);
  refuseInterrupted(context);
  if (failed === null) return { obstacle: null, clusterView: null };
  return {
    obstacle: { decision: 'failed', reason: `recording could not be started: ${wordsOf(failed)}` },
    clusterView: null,
  };
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
    parOfLayers: null,
    cost: null,
    restarted: [],
    pattern: null,
    timings: {},
  };
}
