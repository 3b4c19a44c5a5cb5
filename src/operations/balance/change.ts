import type { Pending } from '../../balancing/balance.gen.ts';
import { isWorse } from '../../balancing/gate.ts';
import type { Overlay } from '../../balancing/overlay.ts';
import { type BalanceRecord, rounded } from '../../balancing/record.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { RunSummary } from '../../runner/event.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { writeOverlay } from '../cluster/overlay.ts';
import { writePending } from './files.ts';
import { measureAfter, targetNamed } from './measure.ts';
import { type RolledOut, rollOut } from './rollOut.ts';
import type { BalanceChoices, BalanceContext } from './types.ts';

/** From a written pattern to one that serves and was measured, or back. What was begun stays noted. */
export async function finishChange(
  pending: Pending,
  context: BalanceContext,
  choices: BalanceChoices,
  /** the cluster as the change was planned a moment ago; null: the deployment is loaded and the hosts are probed */
  planned: ClusterView | null = null,
): Promise<BalanceRecord> {
  const { target: name, record, goingBack } = pending;
  if (goingBack !== undefined) return revert(pending, record, goingBack, context);
  const next: Overlay = new Map(pending.next);
  const clock = stopwatch(context);
  await writeOverlay(context.file, next);
  const applied = await rollOutOverlay(name, next, context, planned);
  const known = { ...record, restarted: applied.restarted, timings: { ...record.timings, applyMs: clock() } };
  refuseInterrupted(context);
  if (applied.why !== null) return revert(pending, known, `the servers did not come up: ${applied.why}`, context);
  const after = await measureAfter(name, applied.deployment, context, choices);
  const timings = { ...known.timings, measureMs: clock() };
  if (typeof after === 'string')
    return { ...known, decision: 'applied', reason: `${record.reason}; not measured: ${after}`, timings };
  const { mean: parAfter, par } = after.measured;
  const parOfLayers = record.parOfLayers && { ...record.parOfLayers, after: rounded(par) };
  const measured = { ...known, parAfter, parOfLayers, timings };
  if (record.parBefore !== null && isWorse(record.parBefore, parAfter)) {
    const why = `measured PAR rose from ${record.parBefore.toFixed(3)} to ${parAfter.toFixed(3)}`;
    return revert(pending, measured, why, context);
  }
  return { ...measured, decision: 'applied', reason: record.reason };
}

async function revert(
  pending: Pending,
  record: BalanceRecord,
  why: string,
  context: BalanceContext,
): Promise<BalanceRecord> {
  context.say(`${pending.target}: ${why}; going back`);
  const before: Overlay = new Map(pending.before);
  // killed on its way, the next run goes on with it and does not try once more what was worse
  await writePending(context.file, { ...pending, record, goingBack: why });
  await writeOverlay(context.file, before);
  const back = await rollOutOverlay(pending.target, before, context, null);
  refuseInterrupted(context);
  if (back.why !== null)
    return { ...record, decision: 'rollback-failed', reason: `${why}; going back failed too: ${back.why}` };
  return { ...record, decision: 'rolled-back', reason: `${why}; what served before serves again` };
}

/** `why`: what failed; null: all instances serve `deployment`. */
type Applied = Pick<RolledOut, 'restarted'> &
  ({ readonly why: null; readonly deployment: Deployment } | { readonly why: string });

/** Rolls out the deployment with the overlay. A pattern that no longer fits is a failure too. */
async function rollOutOverlay(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
  planned: ClusterView | null,
): Promise<Applied> {
  try {
    const deployment = planned?.deployment ?? (await context.load(overlay));
    const target = targetNamed(name, deployment);
    const { restarted, failed } = await rollOut(deployment, target, context, planned?.facts ?? null);
    return failed === null ? { restarted, why: null, deployment } : { restarted, why: wordsOf(failed) };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'bad_deployment') throw error;
    return { restarted: [], why: error.message };
  }
}

export function wordsOf({ results, outcome }: RunSummary): string {
  const failed = results.find(({ status }) => status === 'failed' || status === 'unreachable');
  return failed ? `${failed.step}: ${failed.message}` : outcome;
}

/** What was begun stays noted: the next run takes it up. */
export function refuseInterrupted({ signal }: BalanceContext): void {
  if (signal.aborted)
    throw new UserError('interrupted', 'Interrupted. Run it again: it goes on from where it was.', {
      exitCode: EXIT.interrupted,
    });
}

/** Milliseconds since it was asked last. */
export function stopwatch({ nowMs }: BalanceContext): () => number {
  let last = nowMs();
  return () => {
    const now = nowMs();
    const took = Math.round(now - last);
    last = now;
    return took;
  };
}
