import { createInterface } from 'node:readline/promises';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Plan } from '../../plan/step.ts';
import { type Outage, outageText } from '../cluster/outage.ts';

/**
 * Asks before something that runs is stopped or removed, and only then.
 * @throws UserError without a terminal to ask at, when the answer is no or none (Ctrl-D), or when interrupted
 */
export async function confirmDisruption(
  plan: Plan,
  yes: boolean,
  signal: AbortSignal,
  outages: readonly Outage[] = [],
): Promise<void> {
  if (yes || !plan.steps.some((step) => step.disruptive)) return;
  await confirm(STOPS, disruptionText(plan, outages), yes, signal);
}

export interface LastChoices {
  readonly yes: boolean;
  /** That nothing serves a role meanwhile is meant. */
  readonly last: boolean;
}

/**
 * The same, but before the last instance that serves a role is stopped `--yes` is not enough: that takes `--last`, or the name of the
 * cluster typed at the terminal.
 * @throws UserError as {@link confirmDisruption}
 */
export async function confirmOutage(
  plan: Plan,
  outages: readonly Outage[],
  { yes, last }: LastChoices,
  signal: AbortSignal,
): Promise<void> {
  if (last || !outages.some(({ isLast }) => isLast)) return confirmDisruption(plan, yes, signal, outages);
  const what = disruptionText(plan, outages);
  if (!process.stdin.isTTY)
    throw new UserError('needs_last', `${STOPS}:\n${what}`, {
      hint: `Nothing would serve that role meanwhile: add --last${yes ? '' : ' and --yes'} if that is meant.`,
    });
  process.stderr.write(`${STOPS}:\n${what}\n`);
  const typed = await answered(`Type the name of the cluster (${plan.cluster}) to continue: `, signal);
  if (typed !== plan.cluster) throw new UserError('not_confirmed', 'Nothing was touched.');
}

const STOPS = 'This stops or removes what runs';

function disruptionText(plan: Plan, outages: readonly Outage[]): string {
  const steps = plan.steps
    .filter((step) => step.disruptive)
    .map((step) => `  ${step.node} ${step.host}: ${step.title} (${step.because})`);
  return [...outages.map((outage) => `  ${outageText(outage)}`), ...steps].join('\n');
}

/**
 * Asks before something that can't be taken back. @param head what it is, without a colon
 * @throws UserError as {@link confirmDisruption}
 */
export async function confirm(head: string, what: string, yes: boolean, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new UserError('needs_yes', `${head}:\n${what}`, {
      hint: 'There is no terminal to ask at: add --yes if that is meant.',
    });
  }
  process.stderr.write(`${head}:\n${what}\n`);
  const typed = await answered('Go on? [y/N] ', signal);
  if (typed === null || !/^y(es)?$/i.test(typed)) throw new UserError('not_confirmed', 'Nothing was touched.');
}

/** What was typed; null: Ctrl-D. */
async function answered(question: string, signal: AbortSignal): Promise<string | null> {
  const answer = await ask(question, signal);
  // nobody ended the question's line
  if (typeof answer === 'string') process.stderr.write('\n');
  if (answer === 'interrupted') {
    throw new UserError('interrupted', 'Nothing was touched.', { exitCode: EXIT.interrupted });
  }
  return answer === 'end' ? null : answer.line.trim();
}

/** One line of the terminal, or how the question ended without one. */
async function ask(question: string, signal: AbortSignal): Promise<{ readonly line: string } | 'end' | 'interrupted'> {
  if (signal.aborted) return 'interrupted';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve, reject) => {
      // while it reads, the terminal's Ctrl-C is a key of readline's and no signal
      prompt.once('SIGINT', () => resolve('interrupted'));
      // Ctrl-D: readline drops the question and never answers
      prompt.once('close', () => resolve('end'));
      signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
      prompt.question(question).then((line) => resolve({ line }), reject);
    });
  } finally {
    prompt.close();
  }
}
