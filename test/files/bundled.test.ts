import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

it('starts only workers that the build bundles', () => {
  const build = readFileSync('scripts/build.mjs', 'utf8');
  const named = sources.flatMap((name) =>
    [...readFileSync(`src/${name}`, 'utf8').matchAll(/bundled\('(.+)\.js'\)/g)].map((match) => match[1]!),
  );
  expect(named).toHaveLength(2);
  for (const worker of named) expect(build).toContain(`'src/${worker}.ts'`);
});
