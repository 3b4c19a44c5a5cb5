// Records what one state of OmniInfer's code accepts in test/golden/omni/, as NAME.json:
//   node scripts/record-dialect.mjs NAME TREE REPOSITORY COMMIT DATE [RELEASE]
// TREE is a folder with its sources. After it, `npm run gen` renews the known dialects.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const [name, tree, repository, commit, date, release] = process.argv.slice(2);
if (date === undefined) {
  console.error('usage: record-dialect.mjs NAME TREE REPOSITORY COMMIT DATE [RELEASE]');
  process.exit(2);
}

const { outputFiles } = await build({
  stdin: {
    contents: "export * from './dialectOf.ts'; export * from './dialectFiles.ts';",
    resolveDir: 'src/engines/omni/dialect',
  },
  bundle: true,
  format: 'esm',
  write: false,
});
const { dialectOf, DIALECT_FILES } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
const texts = Object.values(DIALECT_FILES)
  .filter((path) => existsSync(join(tree, path)))
  .map((path) => [path, readFileSync(join(tree, path), 'utf8')]);
const dialect = dialectOf(Object.fromEntries(texts));
mkdirSync('test/golden/omni', { recursive: true });
writeFileSync(
  `test/golden/omni/${name}.json`,
  `${JSON.stringify({ repository: `github.com/${repository}`, commit, date, release: release ?? null, dialect }, null, 2)}\n`,
);
