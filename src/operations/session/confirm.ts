import { createInterface } from 'node:readline/promises';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Plan } from '../../plan/step.ts';

/**
 * Asks before something that runs is stopped or removed, and only then.
 * @throws UserError without a terminal to ask at, when the answer is no or none (Ctrl-D), or when interrupted
 */
export async function confirmDisruption(plan: Plan, yes: boolean, signal: AbortSignal): Promise<void> {
  const disruptive = plan.steps.filter((step) => step.disruptive);
  if (yes || disruptive.length === 0) return;
  const what = disruptive.map((step) => `  ${step.node} ${step.host}: ${step.title} (${step.because})`).join('\n');
  await confirm('This stops or removes what runs', what, yes, signal);
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
  const answer = await ask('Go on? [y/N] ', signal);
  // nobody ended the question's line
  if (typeof answer === 'string') process.stderr.write('\n');
  if (answer === 'interrupted') {
    throw new UserError('interrupted', 'Nothing was touched.', { exitCode: EXIT.interrupted });
  }
  if (answer === 'end' || !/^y(es)?$/i.test(answer.line.trim())) {
    throw new UserError('not_confirmed', 'Nothing was touched.');
  }
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
