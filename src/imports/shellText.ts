/** A part of a shell text that can't be evaluated here; says which. */
export class ShellTextError extends Error {
  override readonly name = 'ShellTextError';
}

/** The value of a variable; null: it is not known here. */
export type Variables = (name: string) => string | null;

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
  const end = closing(text, match.index + 1);
  const rest = text.slice(end + 1);
  const value = isArithmetic
    ? String(arithmetic(text.slice(match.index + 3, end - 1), variables))
    : command(text.slice(match.index + 2, end), variables);
  return before + value + expandShell(rest, variables);
}

/** Index of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth += 1;
    if (text[i] === ')') depth -= 1;
    if (depth === 0) return i;
  }
  throw new ShellTextError(`${text.slice(open - 1)} is not closed`);
}

function known(name: string, variables: Variables): string {
  const value = variables(name);
  if (value === null) throw new ShellTextError(`$${name} is not set in the file`);
  return value;
}

/** `echo WORD | tr -d CHARS`, which templates use to make names of devices. omni_cli escapes double quotes: bash keeps them. */
function command(source: string, variables: Variables): string {
  const [, written, characters] = /^\s*echo\s+([^|;&<>()`]+?)\s*\|\s*tr\s+-d\s+(\S+)\s*$/.exec(source) ?? [];
  if (written === undefined || characters === undefined || /\s/.test(written))
    throw new ShellTextError(`the command substitution $(${source}) is not run here`);
  const removed = new Set(/^'.*'$/.test(characters) ? characters.slice(1, -1) : characters);
  return [...expandShell(written, variables)].filter((character) => !removed.has(character)).join('');
}

/** `+ - * / %` and brackets over whole numbers and names. */
function arithmetic(source: string, variables: Variables): number {
  const tokens = source.match(/\$?\{?[A-Za-z_]\w*\}?|\d+|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const fail = () => new ShellTextError(`$((${source})) is not understood`);
  const atom = (): number => {
    const token = tokens[at++];
    if (token === '(') {
      const value = sum();
      if (tokens[at++] !== ')') throw fail();
      return value;
    }
    if (token === '-') return -atom();
    const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(token ?? '')?.[1];
    const written = name === undefined ? token : known(name, variables);
    if (!/^-?\d+$/.test(written ?? '')) throw fail();
    return Number(written);
  };
  const product = (): number => {
    let value = atom();
    while (['*', '/', '%'].includes(tokens[at] ?? '')) {
      const sign = tokens[at++];
      const next = atom();
      value = sign === '*' ? value * next : Math.trunc(sign === '/' ? value / next : value % next);
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (['+', '-'].includes(tokens[at] ?? '')) value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const value = sum();
  if (at < tokens.length || !Number.isFinite(value)) throw fail();
  return value;
}
