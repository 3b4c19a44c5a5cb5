import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compare, findHits, PATTERNS } from '../../scripts/words.mjs';

const found = (path: string, text: string, allowed?: Set<string>) =>
  findHits(path, text, allowed).map(({ name, line }) => `${name}:${line}`);

describe('findHits', () => {
  it.each([
    ['is no X', "'zz' is no address", 'there is no host, and it is no longer used'],
    ['mend', 'mend the way to it', 'an amendment, recommended'],
    ['anew', 'start it anew', 'start a new one'],
    ['stand', 'the key stands twice', 'DP stands for data parallel; a standalone tool'],
    ['told', 'the user is told why', 'the user sees why'],
    ['says', 'the file says 8', 'the engine may say so'],
    ['he, him, his', 'whether he lives', 'whether the owner is alive'],
    ['nobody, somebody', 'Somebody changed it', 'another run changed it'],
    ['beside', 'kept beside the file', 'besides that'],
    ['alone', 'the first line alone', 'anything up to date is left alone'],
    ['is so', 'What is already so is untouched.', 'no key is so long'],
  ])('finds "%s" in "%s", and not in "%s"', (name, stilted, plain) => {
    expect(found('docs/x.md', stilted)).toEqual([`${name}:1`]);
    expect(found('docs/x.md', plain)).toEqual([]);
  });

  it('reads every line of source code, and counts each hit of a line', () => {
    expect(found('src/x.ts', '// mend it\nconst a = 1;\nconst b = "anew, anew";\n')).toEqual([
      'mend:1',
      'anew:3',
      'anew:3',
    ]);
  });

  it('reads only the names in a test file', () => {
    const text = [
      "it('mends it', () => {",
      "  expect(mend).toBe('anew');",
      '});',
      'describe.each([',
      "  ['anew', 1],",
      "])('is %s anew', () => {});",
      'it(',
      "  'is said',",
      ');',
      'it.skipIf(process.getuid!() !== 0)(`is told`, () => {});',
    ].join('\n');
    expect(found('test/x.test.ts', text).sort()).toEqual(['anew:6', 'mend:1', 'said:8', 'told:10']);
  });

  it('skips lines that are on the list of exact lines', () => {
    expect(found('src/x.ts', "  const user = 'nobody';\n", new Set(["const user = 'nobody';"]))).toEqual([]);
  });
});

describe('the ratchet', () => {
  it('names patterns with more hits than before, and those with fewer', () => {
    expect(compare({ anew: 2, mend: 1, said: 3 }, { anew: 1, mend: 2, said: 3 })).toEqual({
      rose: ['anew'],
      fell: ['mend'],
    });
  });

  it('keeps a count for every pattern', () => {
    const { counts } = JSON.parse(readFileSync('scripts/words.json', 'utf8'));
    expect(Object.keys(counts)).toEqual(Object.keys(PATTERNS));
  });
});
