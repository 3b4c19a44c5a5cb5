import { readFile } from 'node:fs/promises';
import type { Facts } from '../facts/facts.ts';
import { UserError } from './userError.ts';

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
    throw fault(cause instanceof SyntaxError ? 'not JSON' : 'can not be read', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw fault('not an object of hosts');
  for (const [address, facts] of Object.entries(parsed)) {
    if (
      typeof facts !== 'object' ||
      facts === null ||
      typeof (facts as { reachable?: unknown }).reachable !== 'boolean'
    )
      throw fault(`${address} holds no facts`);
  }
  return parsed as Facts;
}
