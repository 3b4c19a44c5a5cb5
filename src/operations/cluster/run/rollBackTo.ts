import { EXIT } from '../../../errors/exitCodes.ts';
import type { StepResult } from '../../../plan/step.ts';
import type { RunSummary } from '../../../runner/event.ts';
import { lastServed } from '../../generations/lastServed.ts';
import { planRollback } from '../../generations/planRollback.ts';
import type { Planned, ServeContext } from '../planned.ts';
import { deniedOnly } from './deniedOnly.ts';
import type { LeasedRun } from './leaseRun.ts';

/** A change that brought no token, and what is known of it. */
export interface FailedChange {
  readonly planned: Planned;
  readonly leased: LeasedRun;
  readonly failed: RunSummary;
  /** Why servers did not come up. */
  readonly blame: readonly string[];
  /** Where it was made; empty: everywhere. */
  readonly limit: readonly string[];
}

/**
 * After a change that brought no token, because its servers gave none or did not come up: the way back to what served before, and
 * how it ended. Null: there is none to go, since something else failed, nothing was changed, or nothing served before.
 */
export async function rollBackTo(
  { planned, leased, failed, blame, limit }: FailedChange,
  run: (way: Planned) => Promise<RunSummary>,
  context: ServeContext,
): Promise<{ readonly summary: RunSummary; readonly way: Planned } | null> {
  const served = lastServed(planned.clusterView);
  const last = served?.generation === planned.plan.generation ? null : served;
  if (!isWithoutToken(failed, planned) || failed.changed === 0 || last === null) return null;
  const name = `generation ${last.generation.slice(0, 12)} of run ${last.run}`;
  const what = failed.outcome === 'failed' ? "the change's servers did not come up" : 'the change brought no token';
  const say = (text: string) => context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'warning', text });
  say(`${what}: going back to ${name}`);
  // what is looked at and what is done are under the same lease
  const pool = { ...context.pool, open: leased.lease.open };
  const wish = { wanted: last.generation, limit };
  const found = await planRollback(planned.clusterView.deployment, wish, { ...context, pool });
  if ('refused' in found) {
    const words = found.refused.map((refusal) => `could not go back to ${name}: ${refusal}`);
    const next = [...words, ...failed.next];
    const summary = { ...failed, outcome: 'rollback-failed', exitCode: EXIT.rollbackFailed, next } as const;
    return { summary, way: planned };
  }
  const back = await run(found.planned);
  const isBack = back.outcome === 'done';
  const isInterrupted = back.outcome === 'interrupted' || back.outcome === 'locked';
  const summary: RunSummary = {
    ...back,
    run: failed.run,
    outcome: isBack ? 'rolled-back' : isInterrupted ? back.outcome : 'rollback-failed',
    exitCode: isBack ? EXIT.rolledBack : isInterrupted ? back.exitCode : EXIT.rollbackFailed,
    changed: failed.changed + back.changed,
    ok: failed.ok + back.ok,
    failed: failed.failed + back.failed,
    cancelled: failed.cancelled + back.cancelled,
    results: [...failed.results, ...back.results],
    rollback: { run: back.run, generation: last.generation, outcome: back.outcome },
    next: [
      `${what}: ${whyOf(failed.results)}`,
      ...blame,
      isBack ? `back to ${name}, which serves again` : wordsOnTheWay(back, name),
      ...back.next,
      `${planned.clusterView.deployment.file} still contains the change: correct it before the next serve`,
    ],
  };
  return { summary, way: found.planned };
}

/** The proof was asked for and did not come, by the fault of servers alone: hosts and files are as they were meant to be. */
function isWithoutToken({ outcome, results }: RunSummary, { plan }: Planned): boolean {
  // a server that asks for a key serves
  if (deniedOnly(results)) return false;
  if (outcome === 'not-serving') return true;
  const asked = plan.steps.some(({ tag }) => tag === 'verify');
  const came = results.some(({ step, status }) => step.startsWith('verify/') && status === 'ok');
  const isOfServers = ({ step, status }: StepResult) =>
    status !== 'unreachable' && (status !== 'failed' || OF_SERVERS.test(step));
  return outcome === 'failed' && asked && !came && results.every(isOfServers);
}

const OF_SERVERS = /^(run_(server|proxy)\/[^/]+\/(spawn|ready)$|verify\/)/;

function wordsOnTheWay(back: RunSummary, name: string): string {
  if (back.outcome === 'interrupted' || back.outcome === 'locked') return `the way back to ${name} was not finished`;
  return back.outcome === 'not-serving'
    ? `went back to ${name}, which does not serve either: ${whyOf(back.results)}`
    : `the way back to ${name} failed: ${whyOf(back.results)}`;
}

/** Of the first step that failed. */
function whyOf(results: readonly StepResult[]): string {
  const failed = results.find(({ status }) => status === 'failed' || status === 'unreachable');
  if (failed === undefined) return 'no answer';
  const node = /^run_(?:server|proxy)\/([^/]+)\//.exec(failed.step)?.[1];
  return node === undefined ? failed.message : `${node}: ${failed.message}`;
}
