// Finds stilted wording in everything a person reads, as a ratchet: scripts/words.json keeps a count per pattern, and a
// count may only fall. Prints FILE:LINE of each new hit and exits 1; `--update` writes counts that fell, `--list [NAME]`
// prints every hit (of one pattern).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** name: what is found, and what to write instead. */
export const PATTERNS = {
  'is no X': [/(?<!\bthere) is no (?!longer\b)[a-z]/gi, '"is not a X"'],
  'is none': [/(?<!\bthere )\b(?:is|are|was|were) none\b/g, '"is not a X"'],
  mend: [/\bmend(?:s|ed|ing)?\b/gi, 'fix'],
  anew: [/\banew\b/gi, 'again'],
  stand: [/\b(?:stand|stands|stood|standing)\b(?! (?:for|by|out)\b)/gi, '"is", "is set", "is in"'],
  said: [/\bsaid\b/gi, '"printed", "reported", "named"'],
  told: [/\btold\b/gi, '"reported", "is given"'],
  tells: [/\btells\b/gi, '"shows", "prints", "contains": things do not speak'],
  says: [/\bsays\b/gi, '"contains", "sets", "reports", "prints": things do not speak'],
  'knows, wants': [/\b(?:knows|wants)\b/gi, '"contains", "needs": things do not know or want'],
  'he, him, his': [/\b(?:he|him|his)\b/gi, 'the process, the owner, it'],
  'nobody, somebody': [/\b(?:nobody|somebody|anybody|everybody|whoever)\b/gi, 'name the process or the user'],
  beside: [/\bbeside\b/gi, 'next to'],
  midst: [/\b(?:midst|amid|amidst)\b/gi, 'during, in the middle of'],
  'go on': [/\b(?:go|goes|went|gone) on\b/gi, 'continue, resume'],
  'give back': [/\b(?:give|gives|gave|given|giving) back\b/gi, 'release, return'],
  'is so': [
    /\b(?:already|be|what is) so\b(?! (?:long|many|much|far|few|large|small)\b)/gi,
    '"already up to date"; name the state',
  ],
  'once more': [/\bonce more\b/gi, 'again'],
  alone: [/(?<!(?:leave|leaves|left|stand)[ -])\balone\b/gi, '"only X"'],
  'of itself': [/\bof itself\b/gi, 'leave it out'],
  'becomes of': [/\bbecomes? of\b|\bbecame of\b/gi, '"whatever its result"'],
  'else be': [/\b(?:would|could|must|might) else\b|\belse be\b/gi, '"otherwise"'],
  archaic: [/\b(?:lest|whilst|thereof|therein|naught|shall|tidings|news)\b/gi, 'a modern word'],
};

const KEPT = 'scripts/words.json';
const FOLDERS = ['src', 'docs', 'templates', 'schemas', 'scripts', 'bin', 'test'];
const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];
const READ_BY_PEOPLE = /\.(ts|mjs|js|md|sh|py|eta|json)$|^scripts\/(test|demo)$/;
// generated from files that are checked, or the patterns themselves
const EXEMPT =
  /\.gen\.ts$|^docs\/reference\/|^schemas\/deployment\.schema\.json$|^scripts\/words\.|^test\/docs\/words\.test\.ts$|^test\/golden\/|\.zh\.md$/;
const MAX_NAMED = 40;

/** Every hit in a file: the pattern's name, the line (from 1) and its text. Of a test only the names count. */
export function findHits(path, text, allowed = new Set()) {
  const read = path.startsWith('test/') ? testNames(text) : text;
  const lines = text.split('\n');
  const starts = lineStarts(read);
  return Object.entries(PATTERNS).flatMap(([name, [pattern]]) =>
    [...read.matchAll(pattern)]
      .map(({ index }) => lineAt(starts, index))
      .map((line) => ({ name, path, line, text: lines[line - 1].trim() }))
      .filter((hit) => !allowed.has(hit.text)),
  );
}

/** What to do about counts: which rose, and which fell. */
export function compare(counts, kept) {
  const names = Object.keys(PATTERNS);
  return {
    rose: names.filter((name) => (counts[name] ?? 0) > (kept[name] ?? 0)),
    fell: names.filter((name) => (counts[name] ?? 0) < (kept[name] ?? 0)),
  };
}

/** The text with everything blank but the names of tests, so that lines stay where they are. */
function testNames(text) {
  const blank = (part) => part.replace(/[^\n]/g, ' ');
  let names = '';
  let end = 0;
  // it('…', it.skipIf(…)('…', describe.each([…])('…'
  for (const { 0: call, index } of text.matchAll(/^\s*(?:it|test|describe)\b[.\w]*\(/gm)) {
    const open = index + call.length;
    const rest = text.slice(open);
    const direct = /^\s*(?=['"`])/.exec(rest) ?? /\)\(\s*(?=['"`])/.exec(rest);
    if (direct === null) continue;
    const start = open + direct.index + direct[0].length;
    const name = /^(['"`])(?:\\.|(?!\1)[^\\])*\1/.exec(text.slice(start))?.[0] ?? '';
    if (start < end) continue;
    names += blank(text.slice(end, start)) + name;
    end = start + name.length;
  }
  return names + blank(text.slice(end));
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts, index) {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= index) low = middle;
    else high = middle;
  }
  return low + 1;
}

function readFiles() {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...inFolders.sort(), ...PAGES].filter(
    (path) => READ_BY_PEOPLE.test(path) && !EXEMPT.test(path) && statSync(path).isFile(),
  );
}

/** `path:line` of what was added since the counts were last written; null where git can't tell. */
function addedLines() {
  const git = (...args) =>
    execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const since = git('log', '-1', '--format=%H', '--', KEPT).trim();
    if (since === '') return null;
    return new Set([
      ...fromDiff(git('diff', '-U0', '-M', since, '--')),
      ...fromNew(git('ls-files', '-o', '--exclude-standard')),
    ]);
  } catch {
    return null;
  }
}

function* fromDiff(diff) {
  let path = '';
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ b/')) path = line.slice('+++ b/'.length);
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    for (let offset = 0; offset < Number(hunk[2] ?? 1); offset++) yield `${path}:${Number(hunk[1]) + offset}`;
  }
}

function* fromNew(paths) {
  for (const path of paths.split('\n').filter((name) => READ_BY_PEOPLE.test(name))) {
    const { length } = readFileSync(path, 'utf8').split('\n');
    for (let line = 1; line <= length; line++) yield `${path}:${line}`;
  }
}

function main() {
  process.chdir(new URL('..', import.meta.url).pathname);
  const { counts: kept, allowed } = JSON.parse(readFileSync(KEPT, 'utf8'));
  const allowedLines = new Set(allowed);
  const hits = readFiles().flatMap((path) => findHits(path, readFileSync(path, 'utf8'), allowedLines));
  const counts = Object.fromEntries(
    Object.keys(PATTERNS).map((name) => [name, hits.filter((hit) => hit.name === name).length]),
  );
  const flag = process.argv.indexOf('--list');
  if (flag !== -1) return list(hits, process.argv[flag + 1]);
  const { rose, fell } = compare(counts, kept);
  if (rose.length > 0) refuse(rose, hits, counts, kept);
  if (process.argv.includes('--update') && fell.length > 0) {
    const lower = Object.keys(PATTERNS).map((name) => [name, Math.min(counts[name], kept[name] ?? 0)]);
    writeFileSync(KEPT, `${JSON.stringify({ counts: Object.fromEntries(lower), allowed }, null, 2)}\n`);
    console.log(`wrote ${KEPT}: ${fell.map((name) => `${name} ${kept[name]} -> ${counts[name]}`).join(', ')}`);
  }
}

function list(hits, only) {
  for (const { name, path, line, text } of hits.filter(({ name }) => only === undefined || name === only)) {
    console.log(`${path}:${line}: ${name}: ${text}`);
  }
}

function refuse(rose, hits, counts, kept) {
  const added = addedLines();
  for (const name of rose) {
    console.error(`"${name}": ${counts[name]} found, ${kept[name] ?? 0} allowed. Write ${PATTERNS[name][1]} instead:`);
    const ofName = hits.filter((hit) => hit.name === name);
    const fresh = ofName.filter(({ path, line }) => added?.has(`${path}:${line}`) ?? true);
    for (const { path, line, text } of (fresh.length > 0 ? fresh : ofName).slice(0, MAX_NAMED)) {
      console.error(`  ${path}:${line}: ${text}`);
    }
  }
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
