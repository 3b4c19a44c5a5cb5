import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pages } from './markdown.ts';

const FOLDERS = ['src', 'test', 'scripts', 'templates', 'bench', 'bin'];
const CODE = /\.(ts|mjs|js|sh|py|eta)$/;
const PATH = /(?<![\w./~@<>-])(?:src|test|scripts|docs|templates|schemas|inventories|bench|bin)\/[\w./*<>{},-]+/g;
const PLACEHOLDER = /[<*{]/; // `src/<name>`
const FILE_NAME = /(?<![\w./>-])[\w-]+\.(?:ts|mjs)\b/g;

const code = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
).filter((path) => CODE.test(path) && !path.endsWith('.gen.ts'));
const fileNames = new Set(code.map((path) => path.slice(path.lastIndexOf('/') + 1)));

it.each(pages())('%s names only paths that exist', (page) => {
  expect(missingIn(readFileSync(page, 'utf8'))).toEqual([]);
});

it('comments name only paths that exist', () => {
  const missing = code.flatMap((path) => missingIn(commentsOf(path)).map((name) => `${path}: ${name}`));
  expect(missing).toEqual([]);
});

it('a path or a file name that is gone is found', () => {
  expect(missingIn('see src/index.ts, `src/attic/`, or gone.ts; not src/attic/<name>.ts, `docs/**`')).toEqual([
    'src/attic/',
    'gone.ts',
  ]);
});

function missingIn(text: string): string[] {
  const paths = [...text.matchAll(PATH)].map(([path]) => path.replace(/[.,]+$/, ''));
  const names = [...text.matchAll(FILE_NAME)].map(([name]) => name);
  return [
    ...paths.filter((path) => !PLACEHOLDER.test(path) && !existsSync(path)),
    ...names.filter((name) => !fileNames.has(name)),
  ];
}

function commentsOf(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => /(?:^|\s)(?:\/\/|\/?\*+|#)\s.*/.exec(line)?.[0] ?? []).join('\n');
}
