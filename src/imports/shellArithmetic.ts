/** A part of a shell text that can't be evaluated here; says which. */
export class ShellTextError extends Error {
  override readonly name = 'ShellTextError';
}

/** The value of a variable; null: it is not known here. */
export type Variables = (name: string) => string | null;

/** `+ - * / %` and brackets over whole numbers and names, as in `$((..))`. @throws ShellTextError */
export function arithmetic(source: string, variables: Variables): number {
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
    const [, sign = '', digits] = /^(-?)(0[0-7]*|[1-9]\d*)$/.exec(written ?? '') ?? [];
    if (digits === undefined) throw fail();
    // a leading 0 is octal for bash
    return Number(`${sign}${Number.parseInt(digits, digits.startsWith('0') ? 8 : 10)}`);
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
  if (at < tokens.length || !Number.isSafeInteger(value)) throw fail();
  return value;
}

/** @throws ShellTextError */
export function known(name: string, variables: Variables): string {
  const value = variables(name);
  if (value === null) throw new ShellTextError(`$${name} is not set in the file`);
  return value;
}
