import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/shell/quote.ts';
import fc, { anyText } from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

const HOSTILE = [
  '',
  ' ',
  '$(touch canary)',
  '`touch canary`',
  '${HOME}',
  '$HOME',
  '; touch canary',
  '& touch canary',
  '| touch canary',
  '&& touch canary',
  '> canary',
  '\n touch canary \n',
  'a\nb',
  '\r\n',
  '\t',
  "'",
  "''",
  "'; touch canary; '",
  '"',
  '"$(touch canary)"',
  '\\',
  "\\'",
  '-n',
  '--',
  '-rf',
  '*',
  '?',
  '[a-z]*',
  '{a,b}',
  '~',
  '~root',
  '!!',
  '#comment',
  'a=b',
  'PATH=/nowhere',
  '%s%n',
  'ключ',
  '专家',
  '🙂',
  '\u202e',
  '\u0001\u007f',
  'é́',
  '/data/a b/c',
  '10.0.0.1:9000,10.0.0.2:9001',
];

/** The arguments a real sh hands to a command (at least one). */
function throughSh(argv: readonly string[], cwd: string): string[] {
  const output = execFileSync('sh', ['-c', quote(['printf', '%s\\0', ...argv])], { cwd, encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

describe('quote', () => {
  it('leaves plain words bare and quotes the rest', () => {
    expect(quote(['docker', 'exec', 'p0', 'echo', "it's", 'a b', '', 'a=b', '~'])).toBe(
      `docker exec p0 echo 'it'\\''s' 'a b' '' a=b '~'`,
    );
    expect(quote(['a=b', 'c'])).toBe(`'a=b' c`);
  });

  it('brings every hostile value through a real sh unchanged, and runs nothing of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'quote-'));
    try {
      expect(throughSh(HOSTILE, folder)).toEqual(HOSTILE);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('brings any text through a real sh unchanged', () => {
    const word = fc.oneof(anyText(), fc.string({ unit: fc.constantFrom(...'\'"\\$`\n;&|<>(){}[]*?~#!= -') }));
    const words = fc.array(
      word.filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(words, (argv) => {
        expect(throughSh(argv, tmpdir())).toEqual(argv);
      }),
      runs(60, 2_000),
    );
  });

  it('refuses a NUL byte', () => {
    expect(() => quote(['a\0b'])).toThrow(new TypeError(`an argument can't hold a NUL byte: "a\\u0000b"`));
  });
});
