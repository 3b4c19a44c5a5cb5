import { closingBracket } from './closingBracket.ts';
import { arithmetic, known, ShellTextError, type Variables } from './shellArithmetic.ts';

/** What bash expands: an arithmetic, a command, a parameter, or one of its own such as `$$`. */
const OPENING = /\$(?:\(\(|\(|\{|\[|([A-Za-z_]\w*)|[$!?#@*\d-])/;
const PARAMETER = /^([A-Za-z_]\w*)(?:(:?-)(.*))?$/s;

/**
 * A text as bash expands it between double quotes: `$NAME`, `${NAME}`, `${NAME:-word}`, `$((..))`, and
 * `$(echo .. | tr -d ..)`.
 * @throws ShellTextError at any other substitution, and at a variable that is not known
 */
export function expandShell(text: string, variables: Variables): string {
  const match = OPENING.exec(text);
  if (match === null) return text;
  const before = text.slice(0, match.index);
  const [opening, name] = match;
  const { value, end } =
    name === undefined
      ? substitution(text, match.index, opening, variables)
      : { value: known(name, variables), end: match.index + opening.length };
  return before + value + expandShell(text.slice(end), variables);
}

function substitution(
  text: string,
  start: number,
  opening: string,
  variables: Variables,
): { readonly value: string; readonly end: number } {
  if (opening === '${') {
    const end = closingBrace(text, start + opening.length);
    return { value: parameter(text.slice(start + opening.length, end), variables), end: end + 1 };
  }
  if (!opening.endsWith('(')) throw new ShellTextError(`${text.slice(start)} is not understood`);
  const end = closingBracket(text, start + 1);
  if (end === null) throw new ShellTextError(`${text.slice(start)} is not closed`);
  const value =
    opening === '$(('
      ? String(arithmetic(text.slice(start + opening.length, end - 1), variables))
      : command(text.slice(start + opening.length, end), variables);
  return { value, end: end + 1 };
}

/** Index of the brace that closes a parameter. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}') depth -= 1;
    if (depth === 0) return i;
  }
  throw new ShellTextError(`${text.slice(from - 2)} is not closed`);
}

/** `NAME`, `NAME-word` and `NAME:-word`. */
function parameter(source: string, variables: Variables): string {
  const [, name, operator, word = ''] = PARAMETER.exec(source) ?? [];
  if (name === undefined) throw new ShellTextError(`\${${source}} is not understood`);
  if (operator === undefined) return known(name, variables);
  const value = variables(name);
  const isMissing = value === null || (operator === ':-' && value === '');
  return isMissing ? expandShell(word, variables) : value;
}

/** `echo WORD | tr -d CHARS`, which templates use to make names of devices. omni_cli escapes double quotes: bash keeps them. */
function command(source: string, variables: Variables): string {
  const [, written, characters] = /^\s*echo\s+([^|;&<>()`]+?)\s*\|\s*tr\s+-d\s+(\S+)\s*$/.exec(source) ?? [];
  // ranges, classes and escapes of tr
  const isPlain = characters !== undefined && !/.-.|[[\\$]/.test(characters.replace(/^(['"])(.*)\1$/, '$2'));
  if (written === undefined || !isPlain || /\s/.test(written))
    throw new ShellTextError(`the command substitution $(${source}) is not run here`);
  const removed = new Set(/^'.*'$/.test(characters) ? characters.slice(1, -1) : characters);
  return [...expandShell(written, variables)].filter((character) => !removed.has(character)).join('');
}
