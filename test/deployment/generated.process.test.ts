import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_CODES } from '../../src/deployment/codes.ts';
import { childOf, type Field, ROOT } from '../../src/deployment/schema.ts';
import { OMNI_FAULT_CODES } from '../../src/engines/omni/faultCodes.ts';

describe('what npm run gen writes', () => {
  it('is up to date with the schema and the fault codes', async () => {
    const { generate } = await import('../../scripts/gen.mjs');
    for (const [path, text] of Object.entries(await generate())) {
      expect(readFileSync(path, 'utf8') === text, `${path} is stale: run npm run gen`).toBe(true);
    }
  });

  it('explains every key of the file and every fault code', () => {
    const fields = readFileSync('docs/reference/deployment.md', 'utf8');
    for (const [path] of everyKey(ROOT, [])) expect(fields).toMatch(new RegExp(`^(\\| \`|## )${path.at(-1)}\\b`, 'm'));
    const faults = readFileSync('docs/reference/faults.md', 'utf8');
    for (const code of Object.keys({ ...FAULT_CODES, ...OMNI_FAULT_CODES })) expect(faults).toContain(`## ${code}\n`);
  });
});

describe('the schema', () => {
  it('describes every key, and gives every value an example', () => {
    const bare = [...everyKey(ROOT, [])].filter(([, field]) => !field.description).map(([path]) => path.join('.'));
    const withoutExample = [...everyKey(ROOT, [])]
      .filter(([, field]) => field.properties === undefined && field.patternProperties === undefined)
      .filter(([, field]) => !('examples' in field))
      .map(([path]) => path.join('.'));
    expect({ bare, withoutExample }).toEqual({ bare: [], withoutExample: [] });
  });

  it('is named on the first line of every inventory', () => {
    for (const name of ['1p1d', '2p1d', '4p1d']) {
      const [first] = readFileSync(`inventories/${name}.yml`, 'utf8').split('\n');
      expect(first).toBe('# yaml-language-server: $schema=../schemas/deployment.schema.json');
    }
  });
});

/** Every key the schema knows, by its path; groups and host blocks stand for all of theirs. */
function* everyKey(field: Field, path: readonly string[]): Generator<readonly [readonly string[], Field]> {
  for (const key of Object.keys(field.properties ?? {})) {
    const child = childOf(field, key)!;
    yield [[...path, key], child];
    yield* everyKey(child, [...path, key]);
  }
  for (const key of ['group1', 'host 10.0.0.1']) {
    const child = field.patternProperties && childOf(field, key);
    if (child?.properties) yield* everyKey(child, [...path, key]);
  }
}
