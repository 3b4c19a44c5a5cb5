import { masked, plainSecrets } from '../../deployment/plainSecrets.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { planText } from '../../report/plan.ts';
import { printable } from '../../report/printable.ts';
import { fileDiffs } from '../cluster/fileDiff.ts';
import { shownPlan } from '../cluster/planned.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';
import { keyDifference, keyDifferenceText } from '../generations/keyDifference.ts';
import { planRollback, type RollbackPlan } from '../generations/planRollback.ts';
import { readKept } from '../generations/readKept.ts';
import { recordFindings } from '../generations/recordFindings.ts';
import { confirmDisruption } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import { type CommandAnswer, runAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { listGenerations } from './listGenerations.ts';
import { generationsText } from './text.ts';

export interface RollbackChoices {
  /** A run's id, or a generation, or the beginning of one; undefined: what served before what should run now. */
  readonly to: string | undefined;
  readonly limit: readonly string[];
  readonly check: boolean;
  readonly diff: boolean;
  readonly yes: boolean;
  readonly forks: number;
}

export async function rollbackCommand(session: Session, choices: RollbackChoices): Promise<CommandAnswer> {
  const wish = { wanted: choices.to ?? null, limit: choices.limit };
  const found = await planRollback(session.deployment, wish, session);
  if (session.signal.aborted) return INTERRUPTED;
  if ('refused' in found) {
    await session.view.finished();
    throw noWayBack(found, session.deployment.file);
  }
  const { planned, target } = found;
  if (planned.problems.length > 0) throw new UserError('bad_selection', planned.problems.join('\n'));
  const secrets = plainSecrets(session.deployment);
  const { deployment, facts } = planned.clusterView;
  for (const text of recordFindings(deployment, facts, session.now()))
    session.emit({ kind: 'notice', atMs: session.nowMs(), level: 'warning', text });
  const changes = keyDifference(planned.clusterView);
  const diff = choices.diff ? printable(masked(await fileDiffs(planned, session), secrets)) : '';
  const changesText = printable(keyDifferenceText(changes));
  await session.view.finished();
  if (session.signal.aborted) return INTERRUPTED;
  const name = `generation ${target.generation.slice(0, 12)}, which served in run ${target.run}`;
  if (choices.check) {
    const plan = shownPlan(planned);
    const text = `back to ${name}\n${changesText}${diff}${planText(plan)}`.trimEnd();
    return { answer: { target, changes, plan, diff }, text, exitCode: EXIT.done };
  }
  process.stderr.write(`back to ${name}\n${changesText}${diff}`);
  await confirmDisruption(planned.plan, choices.yes, session.signal);
  const policy = session.deployment.failure;
  return runAnswer(session, await runPlanned(planned, { forks: choices.forks, policy, command: 'rollback' }, session));
}

/** What hosts keep, without a change; exit code 4 when none of them answers. */
export async function listCommand(session: Session): Promise<CommandAnswer> {
  const { deployment, pool, signal } = session;
  const addresses = topologyOf(deployment).hosts.map(({ address }) => address);
  const listed = listGenerations(await readKept(pool.open, addresses, deployment, signal));
  if (signal.aborted) return INTERRUPTED;
  const exitCode = listed.silent.length === addresses.length ? EXIT.unreachable : EXIT.done;
  return { answer: { cluster: deployment.name, ...listed }, text: generationsText(listed), exitCode };
}

function noWayBack({ refused, unreachable }: Extract<RollbackPlan, { refused: unknown }>, file: string): UserError {
  const limit = unreachable.map((host) => `!${host}`).join(',');
  return new UserError('no_rollback', `There is no way back; nothing was touched:\n  ${refused.join('\n  ')}`, {
    hint:
      unreachable.length > 0
        ? `Without ${unreachable.length === 1 ? 'it' : 'them'}: omniplace rollback ${file} --limit '${limit}'`
        : `omniplace rollback ${file} --list shows what the hosts keep.`,
    exitCode: unreachable.length > 0 ? EXIT.unreachable : EXIT.usage,
  });
}
