import { readFile } from 'node:fs/promises';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { sha256 } from '../../files/digests.ts';
import type { Selection } from '../../plan/select.ts';
import type { Plan } from '../../plan/step.ts';
import { planText } from '../../report/plan.ts';
import { printable } from '../../report/printable.ts';
import { HostsChanged } from '../../state/leaseErrors.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { outagesOf, outageText, shownOutage } from '../cluster/outage.ts';
import { type Planned, shownPlan } from '../cluster/planned.ts';
import { planServe } from '../cluster/planServe.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';
import type { TransferWish } from '../cluster/transfers.ts';
import { keyDifference, keyDifferenceText } from '../generations/keyDifference.ts';
import { recordFindings } from '../generations/recordFindings.ts';
import { removedHostsText } from '../generations/removedHosts.ts';
import { confirmDisruption } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import { readFacts } from '../session/readFacts.ts';
import { type CommandAnswer, runAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { askedFor, findDriftSince, type Resumable } from './resume.ts';

export interface ServeChoices {
  readonly checkOnly: boolean;
  readonly diff: boolean;
  readonly factsFile: string | undefined;
  readonly list: 'tasks' | 'hosts' | 'tags' | null;
  readonly yes: boolean;
  readonly forks: number;
  /** Absent: plainly. */
  readonly transfer?: TransferWish;
  readonly overrides: readonly string[];
  /** Bring back what served before when a change brings no token. */
  readonly rollback: boolean;
  /** The run that is to be finished; null: this is one of its own. */
  readonly resumable: Resumable | null;
}

/** Plan, show, ask, run; anew where another run changed the hosts meanwhile. */
export async function serveCommand(
  session: Session,
  selection: Selection,
  choices: ServeChoices,
): Promise<CommandAnswer> {
  for (let times = 1; ; times += 1) {
    try {
      return await serveOnce(session, selection, choices);
    } catch (error) {
      if (!(error instanceof HostsChanged) || times === MOST_PLANS) throw error;
      const text = `${error.message} Planning anew.`;
      session.emit({ kind: 'notice', atMs: session.nowMs(), level: 'warning', text });
    }
  }
}

const MOST_PLANS = 3;

async function serveOnce(session: Session, selection: Selection, choices: ServeChoices): Promise<CommandAnswer> {
  const planned = await planServe(session.deployment, selection, await readFacts(choices.factsFile), session);
  if (session.signal.aborted) return INTERRUPTED;
  if (planned.problems.length > 0) {
    throw new UserError('bad_selection', planned.problems.join('\n'), {
      hint: 'omniplace serve --help shows how to select.',
    });
  }
  const { plan, clusterView } = planned;
  const asked = askedFor(clusterView, selection, choices.overrides);
  if (choices.resumable !== null) refuseDrift(choices.resumable, planned, asked.digest);
  const diff = choices.diff ? await (await import('../cluster/fileDiff.ts')).fileDiffs(planned, session) : '';
  if (session.signal.aborted) return INTERRUPTED;
  if (choices.list !== null) {
    const list = listed(plan, choices.list);
    await session.view.finished();
    return { answer: { [choices.list]: list }, text: list.join('\n'), exitCode: EXIT.done };
  }
  const outages = outagesOf(plan, clusterView);
  const changes = keyDifference(clusterView);
  const shownChanges = printable(`${keyDifferenceText(changes)}${diff}`);
  for (const text of recordFindings(clusterView.deployment, clusterView.facts, session.now()))
    session.emit({ kind: 'notice', atMs: session.nowMs(), level: 'warning', text });
  if (choices.checkOnly) {
    await session.view.finished();
    const shown = shownPlan(planned);
    return {
      answer: { changes, plan: shown, outages: outages.map(shownOutage), diff },
      text: `${shownChanges}${planText(shown, outages.map(outageText))}${removedHostsText(clusterView).join('')}`.trimEnd(),
      exitCode: exitCodeOfPlan(plan),
    };
  }
  // the tree of the probe ends here: nothing may redraw over the question
  await session.view.finished();
  if (shownChanges !== '') process.stderr.write(shownChanges);
  await confirmDisruption(plan, choices.yes, session.signal, outages);
  const summary = await runPlanned(
    planned,
    {
      forks: choices.forks,
      policy: session.deployment.failure,
      command: 'serve',
      asked,
      rollBack: choices.rollback,
      ...(choices.transfer ? { transfer: choices.transfer } : {}),
    },
    session,
  );
  return runAnswer(session, { ...summary, next: [...summary.next, ...(await editedWords(clusterView))] }, outages);
}

function exitCodeOfPlan({ steps }: Plan): number {
  const has = (verdict: string) => steps.some(({ action }) => action.kind === 'check' && action.verdict === verdict);
  return has('failed') ? EXIT.stepFailed : has('unreachable') ? EXIT.unreachable : EXIT.done;
}

/** The file may have been edited since it was read: that edit was not served. */
async function editedWords({ deployment: { file, source } }: ClusterView): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (source === undefined || text === null || sha256(text) === source.digest) return [];
  return [
    `${file} was edited during this run, which used it as it was before: omniplace serve ${file} --check shows the edit`,
  ];
}

/** @throws UserError when to finish the run would be something else than it was begun for */
function refuseDrift(resumable: Resumable, { plan, clusterView }: Planned, digest: string): void {
  const { deployment, facts } = clusterView;
  const { run } = resumable.past;
  const hint = `omniplace serve ${deployment.file} --check shows what would be done now.`;
  if (digest !== resumable.asked.digest)
    throw new UserError('deployment_changed', `${deployment.file}, or a file it names, changed since run ${run}.`, {
      hint,
    });
  const drift = findDriftSince(resumable, plan, facts, clusterPaths(deployment.statePath, deployment.name).run);
  if (drift.length > 0)
    throw new UserError(
      'drifted',
      `The hosts changed since run ${run}; nothing was touched:\n  ${drift.join('\n  ')}`,
      { hint },
    );
}

function listed(plan: Plan, what: 'tasks' | 'hosts' | 'tags'): string[] {
  if (what === 'hosts') return [...new Set(plan.steps.map((step) => step.host))];
  if (what === 'tags') return [...new Set(plan.steps.map((step) => step.tag))];
  return plan.steps.map((step) => `${step.id}  ${step.title}`);
}
