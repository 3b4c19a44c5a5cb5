import { planServe, runPlanned } from '../operations/serve.ts';
import type { TransferWish } from '../operations/transfers.ts';
import type { Selection } from '../plan/select.ts';
import type { Plan } from '../plan/step.ts';
import { planText } from '../report/plan.ts';
import { confirmDisruption } from './confirm.ts';
import { INTERRUPTED } from './interrupted.ts';
import { readFacts } from './readFacts.ts';
import { runAnswer } from './runAnswer.ts';
import type { Session } from './session.ts';
import { UserError } from './userError.ts';

export interface ServeChoices {
  readonly checkOnly: boolean;
  readonly diff: boolean;
  readonly factsFile: string | undefined;
  readonly list: 'tasks' | 'hosts' | 'tags' | null;
  readonly yes: boolean;
  readonly forks: number;
  /** Absent: plainly. */
  readonly transfer?: TransferWish;
}

/** What a command prints: `answer` with --json, else `text`. */
export interface CommandAnswer {
  readonly answer: unknown;
  readonly text: string;
  readonly exitCode: number;
}

/** Plan, show, ask, run. */
export async function serveCommand(
  session: Session,
  selection: Selection,
  choices: ServeChoices,
): Promise<CommandAnswer> {
  const planned = await planServe(session.deployment, selection, await readFacts(choices.factsFile), session);
  if (session.signal.aborted) return INTERRUPTED;
  if (planned.problems.length > 0) {
    throw new UserError('bad_selection', planned.problems.join('\n'), {
      hint: 'omniplace serve --help shows how to select.',
    });
  }
  const { plan } = planned;
  const diff = choices.diff ? await (await import('../operations/fileDiff.ts')).fileDiffs(planned, session) : '';
  if (session.signal.aborted) return INTERRUPTED;
  if (choices.list !== null) {
    const list = listed(plan, choices.list);
    await session.view.finished();
    return { answer: { [choices.list]: list }, text: list.join('\n'), exitCode: 0 };
  }
  if (choices.checkOnly) {
    await session.view.finished();
    const blocked = plan.steps.some((step) => step.action.kind === 'check' && step.action.verdict === 'failed');
    const unreachable = plan.steps.some(
      (step) => step.action.kind === 'check' && step.action.verdict === 'unreachable',
    );
    return {
      answer: { plan, diff },
      text: `${diff}${planText(plan)}`.trimEnd(),
      exitCode: blocked ? 3 : unreachable ? 4 : 0,
    };
  }
  // the tree of the probe ends here: nothing may redraw over the question
  await session.view.finished();
  if (diff !== '') process.stderr.write(diff);
  await confirmDisruption(plan, choices.yes, session.signal);
  const summary = await runPlanned(
    planned,
    {
      forks: choices.forks,
      policy: session.deployment.failure,
      command: 'serve',
      ...(choices.transfer ? { transfer: choices.transfer } : {}),
    },
    session,
  );
  return runAnswer(session, summary);
}

function listed(plan: Plan, what: 'tasks' | 'hosts' | 'tags'): string[] {
  if (what === 'hosts') return [...new Set(plan.steps.map((step) => step.host))];
  if (what === 'tags') return [...new Set(plan.steps.map((step) => step.tag))];
  return plan.steps.map((step) => `${step.id}  ${step.title}`);
}
