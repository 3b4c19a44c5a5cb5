// Compares what two built checkouts print and write: `node scripts/compare.mjs --help`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../bench/bundle.mjs';
import { runDocuments } from './compare/checkout.mjs';
import { differences, differencesText } from './compare/difference.mjs';
import { documentsOf, GROUPS } from './compare/documents.mjs';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const HELP = `Compare what two built checkouts print and write, byte for byte, with times, ids and paths masked.

USAGE
  node scripts/compare.mjs OLD_CHECKOUT [NEW_CHECKOUT]

NEW_CHECKOUT is this one by default. Both need a build: node scripts/build.mjs --no-types

FLAGS
  --only GROUPS  comma-separated, of: ${Object.keys(GROUPS).join(', ')}
  --lines N      lines shown of each difference (default: 40)
  --list         list the documents, and compare nothing
  --help         show this

Exit codes: 0 all documents are equal, 1 some differ, 2 bad usage.`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      lines: { type: 'string', default: '40' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(HELP, 0);
  if (positionals.length < 1 || positionals.length > 2) throw new Error('name one or two checkouts; --help shows how');
  const [before, after] = [positionals[0], positionals[1] ?? HERE].map(builtCheckout);
  const groups = values.only?.split(',') ?? Object.keys(GROUPS);
  const unknown = groups.find((group) => !(group in GROUPS));
  if (unknown !== undefined) throw new Error(`no group is called '${unknown}': ${Object.keys(GROUPS).join(', ')}`);

  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'omniplace-compare-')));
  try {
    const files = await writeFiles(folder);
    const documents = documentsOf(groups, { files, ...commandsOf([before, after]) });
    if (values.list) return say(documents.map(({ name }) => name).join('\n'), 0);
    const started = performance.now();
    const [old, now] = await Promise.all([
      runDocuments(before, join(folder, 'old'), documents),
      runDocuments(after, join(folder, 'new'), documents),
    ]);
    const found = differences(documents.map(({ name }) => ({ name, before: old.get(name), after: now.get(name) })));
    if (found.length > 0) console.log(differencesText(found, Number(values.lines)));
    const numDiffering = found.reduce((sum, { names }) => sum + names.length, 0);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    return say(
      `${documents.length} documents compared in ${seconds} s: ${numDiffering} differ`,
      numDiffering > 0 ? 1 : 0,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function say(text, exitCode) {
  console.log(text);
  return exitCode;
}

function builtCheckout(path) {
  if (!existsSync(join(path, 'oclif.manifest.json')) || !existsSync(join(path, 'dist/cli/start.js')))
    throw new Error(`${path} is not a built checkout: run node scripts/build.mjs --no-types in it`);
  return realpathSync(path);
}

/** Writes the input files of the commands once, from this checkout, and copies them for the other side. */
async function writeFiles(folder) {
  const [program] = await bundle([new URL('../test/fakes/comparedFiles.ts', import.meta.url)], folder);
  const work = join(folder, 'new/work');
  mkdirSync(work, { recursive: true });
  const { status } = spawnSync(process.execPath, [program, HERE], { cwd: work, stdio: 'inherit' });
  if (status !== 0) throw new Error('the files to compare on could not be written');
  cpSync(work, join(folder, 'old/work'), { recursive: true, preserveTimestamps: true });
  return JSON.parse(readFileSync(join(work, 'index.json'), 'utf8'));
}

/** Commands and topics of any of the checkouts. */
function commandsOf(roots) {
  const read = (root, name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const ids = roots.flatMap((root) => Object.keys(read(root, 'oclif.manifest.json').commands));
  const topics = roots.flatMap((root) => Object.keys(read(root, 'package.json').oclif.topics));
  return { ids: [...new Set(ids)].sort(), topics: [...new Set(topics)].sort() };
}
