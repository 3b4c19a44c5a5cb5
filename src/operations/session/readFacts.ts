import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import { faultText, parseJson, ShapeError } from '../../files/parseJson.ts';
import { readText } from '../../files/readText.ts';

/** Facts as `omniplace facts --json` wrote them. */
export async function readFacts(path: string | undefined): Promise<Facts | null> {
  if (path === undefined) return null;
  const text = await readText(path);
  // as large as it is rarely needed
  const { FactsShape } = await import('../../facts/facts.gen.ts');
  try {
    const facts = parseJson(text, FactsShape);
    checkAddresses(facts);
    return facts;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const [first] = error.faults;
    throw new UserError('bad_facts', `${path}: ${first === undefined ? error.message : faultText(first)}`, {
      hint: `Make it anew: omniplace facts DEPLOYMENT --json > ${path}`,
      cause: error.cause,
    });
  }
}

/** @throws ShapeError */
function checkAddresses(facts: Facts): void {
  for (const [host, { address }] of Object.entries(facts)) {
    if (address === host) continue;
    throw new ShapeError([{ keys: [host, 'address'], path: `${host}.address`, expected: host, value: address }]);
  }
}
