import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { planText } from '../../report/plan.ts';
import { shownPlan } from '../cluster/planned.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';
import { planRollback } from '../generations/planRollback.ts';
import { confirmDisruption } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import { type CommandAnswer, runAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';

export interface RollbackChoices {
  /** A run's id or its beginning; undefined: what served before what is there now. */
  readonly run: string | undefined;
  readonly check: boolean;
  readonly yes: boolean;
  readonly forks: number;
}

export async function rollbackCommand(session: Session, choices: RollbackChoices): Promise<CommandAnswer> {
  const found = await planRollback(session.deployment, choices.run ?? null, session);
  if (session.signal.aborted) return INTERRUPTED;
  await session.view.finished();
  if ('refused' in found) {
    throw new UserError('no_rollback', `There is no way back; nothing was touched:\n  ${found.refused.join('\n  ')}`, {
      hint: `omniplace serve ${session.deployment.file} brings what the file says.`,
      exitCode: found.unreachable ? EXIT.unreachable : EXIT.usage,
    });
  }
  const { planned, target } = found;
  const name = `generation ${target.generation.slice(0, 12)}, which served in run ${target.run}`;
  if (choices.check) {
    const plan = shownPlan(planned);
    return { answer: { target, plan }, text: `back to ${name}\n${planText(plan)}`.trimEnd(), exitCode: EXIT.done };
  }
  process.stderr.write(`back to ${name}\n`);
  await confirmDisruption(planned.plan, choices.yes, session.signal);
  const policy = session.deployment.failure;
  return runAnswer(session, await runPlanned(planned, { forks: choices.forks, policy, command: 'rollback' }, session));
}
