import { readFileSync } from 'node:fs';
import type { KnownDialect } from '../../src/engines/omni/dialect/dialect.ts';

/** A recorded state of OmniInfer, by its name in docs/contract.md. */
export function goldenDialect(name: string): KnownDialect {
  const file = new URL(`../golden/omni/${name}.json`, import.meta.url);
  return { name, ...JSON.parse(readFileSync(file, 'utf8')) };
}
