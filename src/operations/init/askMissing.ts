import { UserError } from '../../errors/userError.ts';
import { ask } from '../session/ask.ts';

export interface Question<Key extends string> {
  /** A flag, or `shape` for the argument. */
  readonly key: Key | 'shape';
  readonly question: string;
  /** What an empty answer takes; null: there must be one. */
  readonly otherwise: string | null;
}

/**
 * What is given, and for the rest the answers at the terminal.
 * @throws UserError `bad_usage` where something without a default is missing and there is no terminal
 */
export async function askMissing<Key extends string>(
  questions: readonly Question<Key>[],
  given: Readonly<Record<Key, string | undefined>>,
): Promise<Readonly<Record<Key, string>>> {
  const answers: Record<string, string | undefined> = { ...given };
  const missing = questions.filter(({ key }) => answers[key] === undefined);
  const asked = missing.filter(({ otherwise }) => otherwise === null);
  if (asked.length > 0 && !process.stdin.isTTY) {
    const names = asked.map(({ key }) => (key === 'shape' ? 'the form' : `--${key}`));
    const message = `There is no terminal to ask at, and these are missing: ${names.join(', ')}`;
    throw new UserError('bad_usage', message, { hint: 'omniplace init --help shows an example.' });
  }
  for (const { key, question, otherwise } of missing) {
    answers[key] = process.stdin.isTTY ? await ask(question, otherwise) : otherwise!;
  }
  return answers as Record<Key, string>;
}
