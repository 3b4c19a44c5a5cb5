import { expandedWords, UNKNOWN } from './shellExpansion.ts';

/** The value of `[ .. ]` or `[[ .. ]]`; null: it can't be decided. */
export function decidedTest(test: string, variables: ReadonlyMap<string, string>): boolean | null {
  const [, open, inner] = /^(\[\[?)\s+(.*?)\s+\]\]?$/s.exec(test.trim()) ?? [];
  if (inner === undefined) return null;
  const words = expandedWords(inner, (name) => variables.get(name) ?? null);
  if (words.some((word) => word.includes(UNKNOWN))) return null;
  const [left = '', operator = '', right = ''] = words;
  if (words.length === 2 && left === '-z') return operator === '';
  if (words.length === 2 && left === '-n') return operator !== '';
  if (words.length !== 3) return null;
  if (['=', '==', '!='].includes(operator)) {
    const isEqual = equals(left, right, { written: /\S+$/.exec(inner)![0], isPattern: open === '[[' });
    return operator === '!=' && isEqual !== null ? !isEqual : isEqual;
  }
  const compare = NUMBERS[operator];
  return compare === undefined ? null : compare(Number(left), Number(right));
}

/** In `[[ .. ]]` an unquoted right side is a pattern; in `[ .. ]` it would be replaced by names of files. */
function equals(
  left: string,
  right: string,
  { written, isPattern }: { readonly written: string; readonly isPattern: boolean },
): boolean | null {
  if (!/[*?[\\]/.test(right) || /^"[^"]*"$|^'[^']*'$/.test(written)) return left === right;
  // parts of it may be quoted, or come from variables
  if (!isPattern || !/^[\w.\-/:*?]+$/.test(written)) return null;
  const pattern = right.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(left);
}

const NUMBERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
};
