/** A statement of a script. */
export interface Statement {
  readonly text: string;
  /** It is in a loop, a `case` or a function, which are not followed. */
  readonly isLeftOut: boolean;
}

/** A part of a list of commands, after `&&` or `||`. */
export interface Conjunct {
  readonly operator: '' | '&&' | '||';
  readonly text: string;
}

/** Opens what is not followed. */
const LEFT_OUT = /^(for|while|until|case|select|(?:declare|typeset)\s+-A|(?:function\s+)?[\w-]+\s*\(\)|\{%-?\s*for\b)/;
const CLOSES_LEFT_OUT = /^(done|esac|\)|\}|\{%-?\s*endfor\b.*)(\s.*)?$/s;
/** Of a `case`; it ends a pattern. */
const PATTERN = /^[^\s()'"$=]+\)\s*/;
const KEYWORD = /^(?:(?:then|do|\{)(?:\s+|$))+/;

/** Statements in their order: continued lines and quoted ones as one; comments are left out. */
export function* statementsOf(text: string): Generator<Statement> {
  let depth = 0;
  for (const part of split(text)) {
    const statement = part.trim();
    if (statement === '' || statement.startsWith('#')) continue;
    if (depth > 0 && CLOSES_LEFT_OUT.test(statement)) depth -= 1;
    else if (LEFT_OUT.test(statement) && !/^(declare|typeset)\b.*\)$/s.test(statement)) depth += 1;
    else {
      const own = (depth > 0 ? statement.replace(PATTERN, '') : statement).replace(KEYWORD, '');
      if (own !== '' && !/^(do|then|\}|\)|;;)$/.test(own)) yield { text: own, isLeftOut: depth > 0 };
    }
  }
}

/** `a && b || c` in its parts. */
export function conjunctsOf(statement: string): Conjunct[] {
  const parts: { operator: '' | '&&' | '||'; text: string }[] = [{ operator: '', text: '' }];
  const scan = new Scan();
  for (let i = 0; i < statement.length; i++) {
    const operator = statement.slice(i, i + 2);
    const isFree = scan.isFree() && !/^\s*\[\[(?!.*\]\])/s.test(parts.at(-1)!.text);
    if (isFree && (operator === '&&' || operator === '||')) {
      parts.push({ operator, text: '' });
      i += 1;
    } else {
      scan.next(statement[i]!, parts.at(-1)!.text);
      parts.at(-1)!.text += statement[i]!;
    }
  }
  return parts.map(({ operator, text }) => ({ operator, text: text.trim().replace(KEYWORD, '') }));
}

/** Quotes and brackets around a character. */
class Scan {
  #quote = '';
  #brackets = 0;

  isFree(): boolean {
    return this.#quote === '' && this.#brackets <= 0;
  }

  next(character: string, before: string): void {
    if (this.#quote !== '') {
      if (character === this.#quote) this.#quote = '';
    } else if (character === '"' || character === "'") this.#quote = character;
    else if (character === '(' && (before.endsWith('$') || this.#brackets > 0)) this.#brackets += 1;
    // `((..))`
    else if (character === '(' && before.endsWith('(')) this.#brackets = 2;
    else if (character === ')' && this.#brackets > 0) this.#brackets -= 1;
  }
}

/** At `;` and at ends of lines that are not quoted, continued, or within brackets. */
function split(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let scan = new Scan();
  const joined = text.replaceAll('\\\n', ' ');
  for (let i = 0; i < joined.length; i++) {
    const character = joined[i]!;
    if (scan.isFree() && character === '#' && /(^|\s)$/.test(part)) {
      while (i + 1 < joined.length && joined[i + 1] !== '\n') i += 1;
    } else if (scan.isFree() && (character === '\n' || character === ';')) {
      parts.push(part);
      part = '';
      scan = new Scan();
    } else {
      scan.next(character, part);
      part += character;
    }
  }
  return [...parts, part];
}
