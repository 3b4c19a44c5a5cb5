import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { planText } from '../../report/plan.ts';
import { askHosts } from '../cluster/askHosts.ts';
import { buildClusterView, type ClusterView } from '../cluster/clusterView.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { outagesOf, outageText, shownOutage } from '../cluster/outage.ts';
import { shownPlan } from '../cluster/planned.ts';
import { probe } from '../cluster/planServe.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';
import { viewOfDesired } from '../generations/viewOfDesired.ts';
import { confirmOutage } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import { type CommandAnswer, runAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { planApply, planRestart } from './restart.ts';

export interface RestartChoices {
  readonly nodes: readonly string[];
  /** Take along what the deployment file has changed since. */
  readonly apply: boolean;
  readonly check: boolean;
  readonly yes: boolean;
  readonly last: boolean;
  readonly forks: number;
}

export async function restartCommand(session: Session, choices: RestartChoices): Promise<CommandAnswer> {
  const inputs = await readLocalInputs(session.deployment);
  const facts = await probe(session.deployment, inputs, session);
  if (session.signal.aborted) return INTERRUPTED;
  const ofFile = buildClusterView(session.deployment, inputs, facts);
  const installed = await viewOfDesired(ofFile, {
    open: session.pool.open,
    signal: session.signal,
    ask: (requests) => askHosts(requests, session),
  });
  const planned = choices.apply ? planApply(ofFile, choices.nodes) : planRestart(installed, choices.nodes);
  if (planned.problems.length > 0) throw new UserError('bad_selection', planned.problems.join('\n'));
  const pending = choices.apply ? null : pendingText(installed);
  const outages = outagesOf(planned.plan, planned.clusterView);
  if (choices.check) {
    await session.view.finished();
    const plan = shownPlan(planned);
    return {
      answer: { plan, pending, outages: outages.map(shownOutage) },
      text: `${planText(plan, outages.map(outageText))}${pending ?? ''}`.trimEnd(),
      exitCode: EXIT.done,
    };
  }
  await session.view.finished();
  if (pending !== null) process.stderr.write(`${pending}\n`);
  await confirmOutage(planned.plan, outages, choices, session.signal);
  const summary = await runPlanned(
    planned,
    { forks: choices.forks, policy: session.deployment.failure, command: choices.apply ? 'serve' : 'restart' },
    session,
  );
  return runAnswer(session, summary, outages);
}

/** That the deployment file contains something else than what is restarted; null: it does not. */
function pendingText({ kept }: ClusterView): string | null {
  return kept === undefined || kept.because === ''
    ? null
    : `not taken along: ${kept.because}; restart --apply takes it along`;
}
