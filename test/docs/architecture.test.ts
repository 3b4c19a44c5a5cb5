import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the page of the architecture names every folder of src', () => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `src/${name}`).filter((folder) => !page.includes(`\`${folder}`))).toEqual([]);
});
