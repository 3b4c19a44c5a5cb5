import { createInterface } from 'node:readline/promises';
import type { Plan } from '../plan/step.ts';
import { UserError } from './userError.ts';

/**
 * Asks before something that runs is stopped or removed, and only then.
 * @throws UserError without a terminal to ask at, or when the answer is no
 */
export async function confirmDisruption(plan: Plan, yes: boolean, signal: AbortSignal): Promise<void> {
  const disruptive = plan.steps.filter((step) => step.disruptive);
  if (yes || disruptive.length === 0) return;
  const what = disruptive.map((step) => `  ${step.node} ${step.host}: ${step.title} (${step.because})`).join('\n');
  if (!process.stdin.isTTY) {
    throw new UserError('needs_yes', `This stops or removes what runs:\n${what}`, {
      hint: 'There is no terminal to ask at: add --yes if that is meant.',
    });
  }
  process.stderr.write(`This stops or removes what runs:\n${what}\n`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question('Go on? [y/N] ', { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('not_confirmed', 'Nothing was touched.');
  } finally {
    prompt.close();
  }
}
