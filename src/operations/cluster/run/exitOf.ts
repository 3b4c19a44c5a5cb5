import { entrances } from '../../../engines/entrances.ts';
import { EXIT, type ExitCode } from '../../../errors/exitCodes.ts';
import { groupSame } from '../../../errors/groupSame.ts';
import type { Plan, StepResult } from '../../../plan/step.ts';
import type { Tag } from '../../../plan/tags.ts';
import type { RunSummary } from '../../../runner/event.ts';
import { removedHostsText } from '../../generations/removedHosts.ts';
import { bringCommand } from '../bringCommand.ts';
import type { ClusterView } from '../clusterView.ts';
import { deniedOnly } from './deniedOnly.ts';
import { servesNow } from './servesNow.ts';

/** How a run ended. An interruption that came when everything was done changes nothing. */
export function exitOf(
  results: readonly StepResult[],
  interrupted: boolean,
  leaseLost = false,
): { outcome: RunSummary['outcome']; exitCode: ExitCode } {
  const failed = results.filter((result) => result.status === 'failed');
  if (leaseLost && results.some((result) => result.status === 'cancelled'))
    return { outcome: 'locked', exitCode: EXIT.locked };
  if (interrupted && results.some((result) => result.status === 'cancelled'))
    return { outcome: 'interrupted', exitCode: EXIT.interrupted };
  if (failed.some((result) => !result.step.startsWith('verify/')))
    return { outcome: 'failed', exitCode: EXIT.stepFailed };
  if (failed.length > 0) return { outcome: 'not-serving', exitCode: EXIT.notServing };
  if (results.some((result) => result.status === 'unreachable'))
    return { outcome: 'unreachable', exitCode: EXIT.unreachable };
  return { outcome: 'done', exitCode: EXIT.done };
}

/** What to know and to do next, one sentence each. */
export function nextWords(
  outcome: RunSummary['outcome'],
  results: readonly StepResult[],
  plan: Plan,
  clusterView: ClusterView,
  command: string,
): string[] {
  const { deployment } = clusterView;
  const again = command === 'stop' ? `omniplace stop ${deployment.file}` : bringCommand(clusterView);
  const verified = results.some((result) => result.step.startsWith('verify/') && result.status === 'ok');
  return [
    ...warnings(plan),
    ...(command === 'stop' ? [] : removedHostsText(clusterView).map((text) => `warning: ${text}`)),
    ...(verified
      ? entrances(clusterView).map(
          ({ host, port }) => `serving at http://${host}:${port}/v1 as model ${deployment.servedModelName}`,
        )
      : []),
    ...unreachableWords(results, plan),
    ...whatHappened(outcome, results, deployment.logPath),
    ...(ENDS_BADLY.has(outcome) ? [servesNow(plan, results, clusterView)] : []),
    ...nextCommand(outcome, results, plan, { file: deployment.file, again }),
    ...(isRestartPending(results, clusterView)
      ? [`restart pending: servers still run what they were started with; ${again} restarts what changed`]
      : []),
  ];
}

/** Of any other, the words before it already contain what serves. */
const ENDS_BADLY: ReadonlySet<RunSummary['outcome']> = new Set(['failed', 'unreachable', 'interrupted', 'locked']);

/** What preflight found and let pass. */
function warnings(plan: Plan): string[] {
  const found = plan.steps.flatMap(({ action, host }) =>
    action.kind === 'check' && action.verdict === 'ok' && action.reason !== 'fit'
      ? action.reason.split('\n').map((text) => ({ host, text }))
      : [],
  );
  return groupSame(found).map(({ text, of }) => `warning: ${of.map(({ host }) => host).join(', ')}: ${text}`);
}

function unreachableWords(results: readonly StepResult[], plan: Plan): string[] {
  const lost = new Set(results.filter((result) => result.status === 'unreachable').map((result) => result.step));
  const hosts = new Set(plan.steps.filter((step) => lost.has(step.id)).map((step) => step.host));
  return hosts.size === 0 ? [] : [`unreachable: ${[...hosts].join(', ')}`];
}

/** Preflight is a gate for all; the other hosts can be repaired at once. Hosts that are left out then, null: there are none, or no others. */
function unfitHosts(results: readonly StepResult[], plan: Plan): readonly string[] | null {
  const status = new Map(results.map((result) => [result.step, result.status]));
  const isUnfit = ({ id, tag }: Plan['steps'][number]) =>
    tag === 'preflight' && ['failed', 'unreachable'].includes(status.get(id) ?? '');
  const unfit = new Set(plan.steps.filter(isUnfit).map((step) => step.host));
  const left = plan.steps.some(
    ({ id, host, tag }) => status.get(id) === 'cancelled' && !unfit.has(host) && tag !== 'verify',
  );
  return unfit.size === 0 || !left ? null : [...unfit];
}

function whatHappened(outcome: RunSummary['outcome'], results: readonly StepResult[], logPath: string): string[] {
  if (outcome === 'interrupted') {
    const open = results.filter((result) => result.status === 'cancelled').length;
    return [
      `remote commands of this run were ended; ${open} steps were not done; servers already started keep running`,
    ];
  }
  if (outcome === 'locked') return ['remote commands of this run were ended; what the other run does is kept'];
  if (deniedOnly(results)) return ['the servers answer, and ask for an API key that this run did not have'];
  return outcome === 'not-serving' ? [`logs are in ${logPath} on each host`] : [];
}

/** The one command that leads on, with what it needs or does. */
function nextCommand(
  outcome: RunSummary['outcome'],
  results: readonly StepResult[],
  plan: Plan,
  { file, again }: { readonly file: string; readonly again: string },
): string[] {
  const unfit = outcome === 'failed' || outcome === 'unreachable' ? unfitHosts(results, plan) : null;
  if (unfit !== null) {
    const limit = unfit.map((host) => `!${host}`).join(',');
    return [
      `next: ${again} --limit '${limit}' (repairs what can be repaired without ${unfit.length === 1 ? 'it' : 'them'})`,
    ];
  }
  switch (outcome) {
    case 'done':
    case 'rolled-back':
    case 'rollback-failed':
      return [];
    case 'interrupted':
      return [`next: ${again} (what is done stays done)`];
    case 'locked':
      return [`next: omniplace lock status ${file} (shows which run is at work)`];
    case 'not-serving':
      if (deniedOnly(results)) return [`next: set services.api_key in ${file}, then ${again} (it asks again)`];
      return [`next: omniplace status ${file}`];
    case 'unreachable':
      return [`next: ${again}, once every host is back (what is done stays done)`];
    case 'failed':
      return [`next: ${again}, once that is corrected (what is done stays done)`];
  }
}

/** Something that a server is made of was changed, none was started after it, and what runs is not what is there now. */
function isRestartPending(results: readonly StepResult[], { desired, facts, engine }: ClusterView): boolean {
  const changed = (tags: readonly Tag[]) =>
    results.some(({ status, step }) => status === 'changed' && tags.some((tag) => step.startsWith(`${tag}/`)));
  if (!changed(engine.tags) || changed(['run_server', 'run_proxy'])) return false;
  return Object.values(desired.nodes).some(({ host, server }) => {
    const found = facts[host];
    const running = found?.reachable ? found.processes.filter((process) => process.node === server.identity) : [];
    return running.some((process) => process.generation !== server.generation);
  });
}
