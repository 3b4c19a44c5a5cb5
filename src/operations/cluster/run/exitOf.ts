import { entrances } from '../../../engines/entrances.ts';
import { EXIT, type ExitCode } from '../../../errors/exitCodes.ts';
import type { Plan, StepResult } from '../../../plan/step.ts';
import type { Tag } from '../../../plan/tags.ts';
import type { RunSummary } from '../../../runner/event.ts';
import { bringCommand } from '../bringCommand.ts';
import type { ClusterView } from '../clusterView.ts';

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
): string[] {
  const { deployment } = clusterView;
  const again = bringCommand(clusterView);
  const verified = results.some((result) => result.step.startsWith('verify/') && result.status === 'ok');
  return [
    ...warnings(plan),
    ...(verified
      ? entrances(clusterView).map(
          ({ host, port }) => `serving at http://${host}:${port}/v1 as model ${deployment.servedModelName}`,
        )
      : []),
    ...unreachableWords(results, plan),
    ...withoutUnfitHosts(results, plan, again),
    ...wayOut(outcome, results, deployment.file, deployment.logPath, again),
    ...(isRestartPending(results, clusterView)
      ? [`restart pending: servers still run what they were started with; ${again} restarts what changed`]
      : []),
  ];
}

/** What preflight found and let pass. */
function warnings(plan: Plan): string[] {
  return plan.steps.flatMap(({ action, host }) =>
    action.kind === 'check' && action.verdict === 'ok' && action.reason !== 'fit'
      ? action.reason.split('\n').map((line) => `warning: ${host}: ${line}`)
      : [],
  );
}

function unreachableWords(results: readonly StepResult[], plan: Plan): string[] {
  const lost = new Set(results.filter((result) => result.status === 'unreachable').map((result) => result.step));
  const hosts = new Set(plan.steps.filter((step) => lost.has(step.id)).map((step) => step.host));
  return hosts.size === 0 ? [] : [`unreachable: ${[...hosts].join(', ')}`];
}

/** Preflight is a gate for all; what stands on the other hosts can be repaired at once. */
function withoutUnfitHosts(results: readonly StepResult[], plan: Plan, again: string): string[] {
  const status = new Map(results.map((result) => [result.step, result.status]));
  const isUnfit = ({ id, tag }: Plan['steps'][number]) =>
    tag === 'preflight' && ['failed', 'unreachable'].includes(status.get(id) ?? '');
  const unfit = new Set(plan.steps.filter(isUnfit).map((step) => step.host));
  const left = plan.steps.some(
    ({ id, host, tag }) => status.get(id) === 'cancelled' && !unfit.has(host) && tag !== 'verify',
  );
  if (unfit.size === 0 || !left) return [];
  const limit = [...unfit].map((host) => `!${host}`).join(',');
  return [`what can be repaired without ${unfit.size === 1 ? 'it' : 'them'}, now: ${again} --limit '${limit}'`];
}

function wayOut(
  outcome: RunSummary['outcome'],
  results: readonly StepResult[],
  file: string,
  logPath: string,
  again: string,
): string[] {
  switch (outcome) {
    case 'done':
    case 'rolled-back':
    case 'rollback-failed':
      return [];
    case 'interrupted': {
      const open = results.filter((result) => result.status === 'cancelled').length;
      return [
        `remote commands of this run were ended; ${open} steps were not done; servers already started go on`,
        `to finish: ${again}`,
        `to see what runs: omniplace status ${file}`,
      ];
    }
    case 'locked':
      return [
        'remote commands of this run were ended; what the other run does stands',
        `to see who works: omniplace lock status ${file}`,
      ];
    case 'not-serving':
      return [`see the servers: omniplace status ${file}`, `logs are in ${logPath} on each host`];
    case 'unreachable':
      return [
        `bring ${results.filter((result) => result.status === 'unreachable').length === 1 ? 'it' : 'them'} back, then: ${again} (what is done stays done)`,
      ];
    case 'failed':
      return [`mend what failed, then: ${again} (what is done stays done)`];
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
