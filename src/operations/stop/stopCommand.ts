import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { planText } from '../../report/plan.ts';
import { askHosts } from '../cluster/askHosts.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { outagesOf, outageText, shownOutage } from '../cluster/outage.ts';
import { shownPlan } from '../cluster/planned.ts';
import { probe } from '../cluster/planServe.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';
import { removedHosts } from '../generations/removedHosts.ts';
import { confirmOutage } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import { type CommandAnswer, runAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { planStop } from './stop.ts';
import { planStopRemoved, removedRequests } from './stopRemoved.ts';

export interface StopChoices {
  readonly limit: readonly string[];
  readonly remove: boolean;
  /** Clean the hosts that the deployment no longer has, and nothing else. */
  readonly removedHosts: boolean;
  readonly check: boolean;
  readonly yes: boolean;
  readonly last: boolean;
  readonly forks: number;
}

export async function stopCommand(session: Session, choices: StopChoices): Promise<CommandAnswer> {
  const inputs = await readLocalInputs(session.deployment);
  const facts = await probe(session.deployment, inputs, session);
  if (session.signal.aborted) return INTERRUPTED;
  const clusterView = buildClusterView(session.deployment, inputs, facts);
  const cleans = choices.removedHosts ? removedHosts(clusterView) : [];
  const planned = choices.removedHosts
    ? planStopRemoved(clusterView, await askHosts(removedRequests(clusterView, cleans), session))
    : planStop(clusterView, choices.limit, choices.remove);
  if (planned.problems.length > 0) throw new UserError('bad_selection', planned.problems.join('\n'));
  if (planned.plan.steps.length === 0) {
    await session.view.finished();
    return {
      answer: { outcome: 'done', changed: 0 },
      text: choices.removedHosts ? 'No host was taken out of the deployment file.' : 'Nothing runs.',
      exitCode: EXIT.done,
    };
  }
  await session.view.finished();
  const outages = outagesOf(planned.plan, planned.clusterView);
  if (choices.check) {
    const plan = shownPlan(planned);
    const text = planText(plan, outages.map(outageText)).trimEnd();
    return { answer: { plan, outages: outages.map(shownOutage) }, text, exitCode: EXIT.done };
  }
  await confirmOutage(planned.plan, outages, choices, session.signal);
  // one host that can't be reached is no reason to leave the others running
  const summary = await runPlanned(
    planned,
    { forks: choices.forks, policy: { onFailure: 'continue', maxFail: 0 }, command: 'stop', cleans },
    session,
  );
  return runAnswer(session, summary, outages);
}
