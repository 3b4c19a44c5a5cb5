import { readFileSync } from 'node:fs';

/** One of the golden vectors in test/golden. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')) as T;
}
