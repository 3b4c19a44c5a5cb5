import type { RunSummary } from '../runner/event.ts';
import { type Kept, parseKept } from '../state/kept.ts';
import { clusterPaths } from '../topology/paths.ts';
import type { LeasedRun } from './lock.ts';
import type { Planned, ServeContext } from './planned.ts';
import { planRollback } from './rollback.ts';

/**
 * After a change that brought no token: the way back to what served before, and how it ended. Null: there is none to go, since
 * something else failed, nothing was changed, or nothing served before.
 */
export async function goBack(
  failed: RunSummary,
  planned: Planned,
  leased: LeasedRun,
  run: (way: Planned) => Promise<RunSummary>,
  context: ServeContext,
): Promise<{ readonly summary: RunSummary; readonly way: Planned } | null> {
  const last = lastServed(planned);
  if (failed.outcome !== 'not-serving' || failed.changed === 0 || last === null) return null;
  const name = `generation ${last.generation.slice(0, 12)} of run ${last.run}`;
  const say = (text: string) => context.emit({ kind: 'notice', atMs: context.nowMs(), level: 'warning', text });
  say(`no token came after the change: going back to ${name}`);
  // what is looked at and what is done are under the same lease
  const pool = { ...context.pool, open: leased.lease.open };
  const found = await planRollback(planned.picture.deployment, last.run, { ...context, pool });
  if ('refused' in found) {
    const words = found.refused.map((refusal) => `could not go back to ${name}: ${refusal}`);
    const summary = { ...failed, outcome: 'rollback-failed', exitCode: 8, next: [...words, ...failed.next] } as const;
    return { summary, way: planned };
  }
  const back = await run(found.planned);
  const isBack = back.outcome === 'done';
  const isInterrupted = back.outcome === 'interrupted' || back.outcome === 'locked';
  const why = failed.results.find(({ status }) => status === 'failed');
  const summary: RunSummary = {
    ...back,
    run: failed.run,
    outcome: isBack ? 'rolled-back' : isInterrupted ? back.outcome : 'rollback-failed',
    exitCode: isBack ? 7 : isInterrupted ? back.exitCode : 8,
    changed: failed.changed + back.changed,
    ok: failed.ok + back.ok,
    failed: failed.failed + back.failed,
    cancelled: failed.cancelled + back.cancelled,
    results: [...failed.results, ...back.results],
    rollback: { run: back.run, generation: last.generation, outcome: back.outcome },
    next: [
      `the change brought no token: ${why?.message ?? 'no answer'}`,
      isBack ? `back to ${name}, which serves again` : `went back to ${name}, which does not serve either`,
      ...back.next,
      `to see the change fail and stay: omniplace serve ${planned.picture.deployment.file} --no-rollback`,
    ],
  };
  return { summary, way: found.planned };
}

/** What every host names as the last that served, unless it is what was just tried. */
function lastServed({ picture, plan }: Planned): Kept | null {
  const { deployment, topology, facts } = picture;
  const { kept } = clusterPaths(deployment.statePath, deployment.name);
  const lasts = topology.hosts.map(({ address }) => {
    const host = facts[address];
    return host?.reachable ? parseKept(host.texts[kept]).at(-1) : undefined;
  });
  const last = lasts.find((found) => found !== undefined);
  return last === undefined || last.generation === plan.generation ? null : last;
}
