import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import { checkFacts } from '../../facts/checkFacts.ts';
import type { Facts } from '../../facts/facts.ts';
import { unreadable } from '../../files/readBytes.ts';

/** Facts as `omniplace facts --json` wrote them. */
export async function readFacts(path: string | undefined): Promise<Facts | null> {
  if (path === undefined) return null;
  const fault = (message: string, cause?: unknown) =>
    new UserError('bad_facts', `${path}: ${message}`, {
      hint: `Make it anew: omniplace facts DEPLOYMENT --json > ${path}`,
      cause,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw cause instanceof SyntaxError ? fault('not JSON', cause) : unreadable(path, cause);
  }
  const wrong = checkFacts(parsed);
  if (wrong !== null) throw fault(wrong);
  return parsed as Facts;
}
