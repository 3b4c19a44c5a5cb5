import { readFile } from 'node:fs/promises';
import { UserError } from '../errors/userError.ts';
import { guessEncoding } from './guessEncoding.ts';
import { readBytes } from './readBytes.ts';

/** A file that should be text is not UTF-8. */
export class NotUtf8Error extends UserError {
  /** 1-based, of the first byte that is not UTF-8. */
  readonly line: number;
  readonly col: number;
  /** Without the place. */
  readonly what: string;

  constructor(file: string, bytes: Uint8Array) {
    const { line, col } = placeOf(bytes);
    const encoding = guessEncoding(bytes);
    const looks = encoding === null ? 'and looks like no text that is known here' : `it looks like ${encoding.name}`;
    const what = `not UTF-8${encoding === null ? ', ' : ': '}${looks}`;
    super('not_utf8', `${file}:${line}:${col}: ${what}`, { hint: advice(file, encoding) });
    this.line = line;
    this.col = col;
    this.what = what;
  }
}

/** A text file; `-` is stdin. @throws UserError that says what encoding it seems to have instead of UTF-8 */
export async function readText(file: string): Promise<string> {
  return utf8Text(await readBytes(file), file === '-' ? 'stdin' : file);
}

/**
 * A text of ASCII in which only comments may have other letters, in whatever encoding.
 * @throws NotUtf8Error for UTF-16, as some editors write it
 */
export async function readAsciiText(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.includes(0) && guessEncoding(bytes) !== null) throw new NotUtf8Error(file, bytes);
  return bytes.toString('utf8');
}

/** Bytes as text, without a byte order mark. @throws NotUtf8Error */
export function utf8Text(bytes: Uint8Array, file: string): string {
  // UTF-16 of Latin letters is valid UTF-8, with zeros between the letters
  if (bytes.includes(0)) throw new NotUtf8Error(file, bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotUtf8Error(file, bytes);
  }
}

function advice(file: string, encoding: ReturnType<typeof guessEncoding>): string {
  if (encoding === null) return `See what it is: file ${quoted(file)}`;
  if (encoding.iconv === 'UTF-8') return 'Restore it from a copy, or write the damaged place again.';
  return `Convert it: iconv -f ${encoding.iconv} -t UTF-8 ${quoted(file)} > NEW_FILE`;
}

/** As a word of a shell; this folder imports no other. */
function quoted(file: string): string {
  return /^[\w@%+:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}

/** Of the first byte that is not UTF-8, or is zero. */
function placeOf(bytes: Uint8Array): { readonly line: number; readonly col: number } {
  // what is wrong may begin with a byte that could begin a character: that one is left out
  const before = new TextDecoder().decode(bytes.subarray(0, firstWrong(bytes)), { stream: true });
  const lines = before.split('\n');
  return { line: lines.length, col: [...lines.at(-1)!].length + 1 };
}

function firstWrong(bytes: Uint8Array): number {
  const zero = bytes.indexOf(0);
  const end = zero < 0 ? bytes.length : zero;
  // the longest valid part, found by halving: a part that ends within a character counts as valid
  let [valid, wrong] = [0, end + 1];
  while (wrong - valid > 1) {
    const middle = (valid + wrong) >> 1;
    if (isUtf8Start(bytes.subarray(0, middle))) valid = middle;
    else wrong = middle;
  }
  return valid;
}

function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
