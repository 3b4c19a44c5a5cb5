import { truthOf } from './truth.ts';

/** Names that are values in Jinja and Ansible; `omit` is as if nothing were set. */
const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
  ['omit', null],
]);

/** Gives the value behind a dotted and indexed name: `port_offset.P` asks for `['port_offset', 'P']`; undefined: none. */
export type Lookup = (path: readonly (string | number)[]) => unknown;

/** A template that goes beyond what inventories need; says what. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * The value of a text with Ansible's `{{ ... }}`: names, indices, `+ - *`, brackets, the filters int, string, bool
 * and default, and words such as true. A text that is one expression keeps its type.
 * @throws TemplateError
 */
export function evaluate(text: string, lookup: Lookup): unknown {
  const whole = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(text);
  if (whole) return new Expression(whole[1]!, lookup).value();
  if (text.includes('{%')) throw new TemplateError(`statements are not understood: ${text}`);
  return text.replaceAll(/\{\{([^{}]*)\}\}/g, (_, source: string) => String(new Expression(source, lookup).value()));
}

export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && /\{[{%]/.test(value);
}

type Token = { readonly kind: 'number' | 'string' | 'name' | 'sign'; readonly text: string };

class Expression {
  readonly #source: string;
  readonly #lookup: Lookup;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, lookup: Lookup) {
    this.#source = source.trim();
    this.#lookup = lookup;
    this.#tokens = this.#split();
  }

  value(): unknown {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#notUnderstood();
    return value;
  }

  #sum(): unknown {
    let value = this.#product();
    for (let sign = this.#sign('+', '-'); sign !== null; sign = this.#sign('+', '-')) {
      value = this.#join(sign, value, this.#product());
    }
    return value;
  }

  #product(): unknown {
    let value = this.#filtered();
    while (this.#sign('*') !== null) value = this.#join('*', value, this.#filtered());
    return value;
  }

  /** As Jinja binds them: a filter is stronger than any sign. */
  #filtered(): unknown {
    let value = this.#atom();
    while (this.#sign('|') !== null) {
      const filter = this.#next('name');
      const [otherwise, forFalse] = this.#sign('(') === null ? [] : this.#arguments();
      if (filter === 'int') value = Number.parseInt(String(value), 10) || 0;
      else if (filter === 'string') value = String(value);
      else if (filter === 'bool') value = value === undefined ? undefined : truthOf(value) === true;
      else if (filter === 'default' || filter === 'd')
        value = forFalse === true && !value ? otherwise : (value ?? otherwise);
      else throw new TemplateError(`the filter ${filter} is not understood: {{ ${this.#source} }}`);
    }
    if (value === undefined) throw new TemplateError(`a variable of it is not defined: {{ ${this.#source} }}`);
    return value;
  }

  #atom(): unknown {
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'number') return Number(token.text);
    if (token?.kind === 'string') return token.text;
    if (token?.text === '(') return this.#bracket(')');
    if (token?.kind !== 'name') throw this.#notUnderstood();
    if (LITERALS.has(token.text)) return LITERALS.get(token.text);
    const path: (string | number)[] = [token.text];
    for (let sign = this.#sign('.', '['); sign !== null; sign = this.#sign('.', '[')) {
      path.push(sign === '.' ? this.#next('name') : (this.#bracket(']') as string | number));
    }
    return this.#lookup(path);
  }

  #arguments(): unknown[] {
    const values: unknown[] = [];
    do values.push(this.#sum());
    while (this.#sign(',') !== null);
    if (this.#sign(')') === null) throw this.#notUnderstood();
    return values;
  }

  #bracket(end: string): unknown {
    const value = this.#sum();
    if (this.#sign(end) === null) throw this.#notUnderstood();
    return value;
  }

  #join(sign: string, left: unknown, right: unknown): unknown {
    if (typeof left === 'number' && typeof right === 'number') {
      return sign === '+' ? left + right : sign === '-' ? left - right : left * right;
    }
    if (sign === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
    throw new TemplateError(`a number and a text can't be joined by ${sign}: {{ ${this.#source} }}`);
  }

  #sign(...signs: readonly string[]): string | null {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return null;
    this.#at += 1;
    return token.text;
  }

  #next(kind: Token['kind']): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== kind) throw this.#notUnderstood();
    return token.text;
  }

  #split(): Token[] {
    const tokens: Token[] = [];
    const pattern = /\s*(?:(\d+)|'([^']*)'|"([^"]*)"|([A-Za-z_]\w*)|([-+*|.,()[\]]))/y;
    while (pattern.lastIndex < this.#source.length) {
      const found = pattern.exec(this.#source);
      if (!found) throw this.#notUnderstood();
      const [, number, single, double, name, sign] = found;
      if (number !== undefined) tokens.push({ kind: 'number', text: number });
      else if (name !== undefined) tokens.push({ kind: 'name', text: name });
      else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
      else tokens.push({ kind: 'string', text: single ?? double ?? '' });
    }
    return tokens;
  }

  #notUnderstood(): TemplateError {
    return new TemplateError(`not understood: {{ ${this.#source} }}`);
  }
}
