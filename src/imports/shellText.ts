import { closingBracket } from './closingBracket.ts';
import { arithmetic, known, ShellTextError, type Variables } from './shellArithmetic.ts';

const OPENING = /\$\(\(|\$\(|\$\{?([A-Za-z_]\w*)\}?/;

/**
 * A text as bash expands it between double quotes: `$NAME`, `${NAME}`, `$((..))`, and `$(echo .. | tr -d ..)`.
 * @throws ShellTextError at any other substitution, and at a variable that is not known
 */
export function expandShell(text: string, variables: Variables): string {
  const match = OPENING.exec(text);
  if (match === null) return text;
  const before = text.slice(0, match.index);
  if (match[1] !== undefined) {
    const rest = text.slice(match.index + match[0].length);
    return before + known(match[1], variables) + expandShell(rest, variables);
  }
  const isArithmetic = match[0] === '$((';
  const end = closingBracket(text, match.index + 1);
  if (end === null) throw new ShellTextError(`${text.slice(match.index)} is not closed`);
  const rest = text.slice(end + 1);
  const value = isArithmetic
    ? String(arithmetic(text.slice(match.index + 3, end - 1), variables))
    : command(text.slice(match.index + 2, end), variables);
  return before + value + expandShell(rest, variables);
}

/** `echo WORD | tr -d CHARS`, which templates use to make names of devices. omni_cli escapes double quotes: bash keeps them. */
function command(source: string, variables: Variables): string {
  const [, written, characters] = /^\s*echo\s+([^|;&<>()`]+?)\s*\|\s*tr\s+-d\s+(\S+)\s*$/.exec(source) ?? [];
  if (written === undefined || characters === undefined || /\s/.test(written))
    throw new ShellTextError(`the command substitution $(${source}) is not run here`);
  const removed = new Set(/^'.*'$/.test(characters) ? characters.slice(1, -1) : characters);
  return [...expandShell(written, variables)].filter((character) => !removed.has(character)).join('');
}
