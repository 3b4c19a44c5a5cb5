import { UserError } from '../errors/userError.ts';
import { drawPicture } from '../operations/cluster/clusterView.ts';
import { readLocalInputs } from '../operations/cluster/localInputs.ts';
import { shownPlan } from '../operations/cluster/planned.ts';
import { probe, runPlanned } from '../operations/cluster/planServe.ts';
import { planRestart } from '../operations/restart.ts';
import { confirmDisruption } from '../operations/session/confirm.ts';
import { INTERRUPTED } from '../operations/session/interrupted.ts';
import { type CommandAnswer, runAnswer } from '../operations/session/runAnswer.ts';
import type { Session } from '../operations/session/session.ts';
import { planText } from '../report/plan.ts';

export interface RestartChoices {
  readonly nodes: readonly string[];
  readonly check: boolean;
  readonly yes: boolean;
  readonly forks: number;
}

export async function restartCommand(session: Session, choices: RestartChoices): Promise<CommandAnswer> {
  const inputs = await readLocalInputs(session.deployment);
  const facts = await probe(session.deployment, inputs, session);
  if (session.signal.aborted) return INTERRUPTED;
  const planned = planRestart(drawPicture(session.deployment, inputs, facts), choices.nodes);
  if (planned.problems.length > 0) throw new UserError('bad_selection', planned.problems.join('\n'));
  if (choices.check) {
    await session.view.finished();
    const plan = shownPlan(planned);
    return { answer: { plan }, text: planText(plan).trimEnd(), exitCode: 0 };
  }
  await confirmDisruption(planned.plan, choices.yes, session.signal);
  const summary = await runPlanned(
    planned,
    { forks: choices.forks, policy: session.deployment.failure, command: 'restart' },
    session,
  );
  return runAnswer(session, summary);
}
