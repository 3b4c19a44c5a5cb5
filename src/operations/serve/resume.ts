import { masked, plainSecrets } from '../../deployment/plainSecrets.ts';
import type { Facts } from '../../facts/facts.ts';
import { digestOf } from '../../files/digests.ts';
import type { Selection } from '../../plan/select.ts';
import type { Plan, Step } from '../../plan/step.ts';
import { isChanging } from '../../runner/touches.ts';
import type { PastRun } from '../../state/history.ts';
import type { JournalAsked, JournalStep } from '../../state/journal.ts';
import { parseRunFact } from '../../state/runFact.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';

/** A run that may be finished, and what it was asked for. */
export interface Resumable {
  readonly past: PastRun;
  readonly asked: JournalAsked;
}

/** The newest run of a cluster that did something, when it was a `serve` that did not end well; in words why there is none. */
export function findResumable(runs: readonly PastRun[], cluster: string): Resumable | string {
  // one that was locked out did nothing
  const past = runs.find(({ outcome, command }) => outcome !== 'locked' && command !== 'rollback');
  if (past === undefined) return `No run of ${cluster} was started from here.`;
  const { run, command, outcome, asked } = past;
  if (outcome === 'running') return `Run ${run} is still at work.`;
  if (command !== 'serve' || asked === null)
    return `The last run ${run} was a ${command}: there is nothing of a serve to finish.`;
  if (outcome === 'done' || outcome === 'rolled-back')
    return `The last run ${run} ended ${outcome}: there is nothing to finish.`;
  return { past, asked };
}

/** What a later run is compared by: the deployment, and all that it names on this machine. Secrets show themselves to nobody. */
export function askedFor(
  { deployment, inputs, facts }: ClusterView,
  selection: Selection,
  overrides: readonly string[],
): JournalAsked {
  const { file: _, directory: __, source: ___, ...rest } = deployment;
  const { run } = clusterPaths(deployment.statePath, deployment.name);
  const secrets = plainSecrets(deployment);
  return {
    selection,
    overrides: overrides.filter(
      (override) => !HIDDEN.test(override.split('=', 1)[0] ?? '') && masked(override, secrets) === override,
    ),
    digest: digestOf([rest, inputs.files, inputs.trees]),
    lastRuns: Object.fromEntries(
      Object.values(facts).map((host) => [
        host.address,
        host.reachable ? (parseRunFact(host.texts[run])?.run ?? null) : null,
      ]),
    ),
  };
}

/** Overrides whose value may be a secret; they have to be given again. */
const HIDDEN = /passw|passphrase|secret|token|\.env\./i;

/** Why a run can't be finished as it was begun, one sentence each; empty: it can. */
export function findDriftSince(
  { past, asked }: Resumable,
  plan: Plan,
  facts: Facts,
  runPath: string,
): readonly string[] {
  const ours = new Set(past.steps.flatMap(familyOf));
  const paths = new Set(past.steps.flatMap((step) => step.paths ?? []));
  const touched = Object.values(facts).flatMap((host) => {
    const fact = host.reachable ? parseRunFact(host.texts[runPath]) : null;
    const isOurs =
      !host.reachable || fact?.run === past.run || (fact?.run ?? null) === (asked.lastRuns[host.address] ?? null);
    return isOurs || fact === null
      ? []
      : [`${host.address}: run ${fact.run} (${fact.command} by ${fact.owner}) changed it since`];
  });
  const needed = plan.steps.filter(({ action }) => isChanging(action));
  const others = needed.filter((step) => !isPartOf(step, ours, paths));
  const edited = needed.flatMap(({ node, host, action }) =>
    action.kind !== 'put'
      ? []
      : action.files
          .filter(({ path }) => filesPut(past).has(`${host} ${path}`))
          .map(({ path }) => `${node} ${host}: ${path} was put by it, and is something else now`),
  );
  return [
    ...touched,
    ...edited,
    ...others.map(
      (step) => `${step.node} ${step.host}: ${step.title} was no part of it, and is needed now (${step.because})`,
    ),
  ];
}

/** What it had brought to its place, as `host path`. */
function filesPut({ steps, results }: PastRun): ReadonlySet<string> {
  const done = new Set<string>(results.filter(({ status }) => status === 'changed').map(({ step }) => step));
  const put = steps.filter(({ id, paths }) => paths !== undefined && done.has(id));
  return new Set(put.flatMap(({ host, paths = [] }) => paths.map((path) => `${host} ${path}`)));
}

function isPartOf(step: Step, ours: ReadonlySet<string>, paths: ReadonlySet<string>): boolean {
  const files = step.action.kind === 'put' ? step.action.files : [];
  return familyOf(step).some((family) => ours.has(family)) && files.every((file) => paths.has(file.path));
}

/** A run that was to start a server may have started it: to stop it again is a part of that. */
function familyOf({ id }: Pick<JournalStep, 'id'>): string[] {
  const [tag = '', node = ''] = id.split('/');
  return [`${/^(stop_server|run_server|run_proxy)$/.test(tag) ? 'server' : tag}/${node}`];
}

/** The same selection, for the hosts on which something failed, could not be reached, or was not done. */
export function failedPart({ past, asked }: Resumable): Selection | null {
  const fine = new Set(
    past.results.filter(({ status }) => ['ok', 'changed', 'skipped'].includes(status)).map(({ step }) => step),
  );
  const hosts = new Set(past.steps.filter(({ id }) => !fine.has(id as never)).map(({ host }) => host));
  if (hosts.size === 0) return null;
  const nodes = past.steps.filter(({ host }) => hosts.has(host)).map(({ id }) => id.split('/')[1] ?? '');
  return { ...asked.selection, limit: asked.selection.limit.length === 0 ? [...hosts] : [...new Set(nodes)] };
}
