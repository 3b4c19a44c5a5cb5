import type { Argv } from './argv.ts';

/**
 * The one place where arguments become shell text: POSIX single quotes, which no `$`, backtick, newline or glob escapes.
 * @throws TypeError for a NUL byte, which no argument of any process can hold
 */
export function quote(argv: Argv): string {
  // `a=b` is an assignment only where a command's name could be
  return argv.map((word, i) => (i > 0 && SAFE_ARGUMENT.test(word) ? word : quoteWord(word))).join(' ');
}

export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new TypeError(`an argument can't hold a NUL byte: ${JSON.stringify(word)}`);
  if (SAFE.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

// left bare for the reader's sake
const SAFE = /^[A-Za-z0-9_@%+:,./-]+$/;
const SAFE_ARGUMENT = /^[A-Za-z0-9_@%+:,./=-]+$/;
