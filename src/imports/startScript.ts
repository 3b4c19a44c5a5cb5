import { expandedWords, UNKNOWN, type Values } from './shellExpansion.ts';

/** A command of a script, with its words expanded; what is known only when it runs is {@link UNKNOWN} in them. */
export interface ScriptCommand {
  readonly words: readonly string[];
  /** Variables that it inherits from the script. */
  readonly exported: Readonly<Record<string, string>>;
}

export interface ScriptRun {
  /** Of the branches that are taken. */
  readonly commands: readonly ScriptCommand[];
  /** Tests that can't be decided here: none of their branches is run. */
  readonly undecided: readonly string[];
}

/** The value of a test that depends on the cluster's layout; undefined: it does not. */
export type LayoutTest = (test: string) => boolean | undefined;

/** Runs what a start script computes from its own text and its environment: assignments, exports, tests. Nothing else is run. */
export function followScript(text: string, environment: Values, layout: LayoutTest): ScriptRun {
  const variables = new Map(Object.entries(environment));
  const exported = new Set<string>();
  const commands: ScriptCommand[] = [];
  const undecided: string[] = [];
  const branches = new Branches();
  for (const statement of statementsOf(text)) {
    const [, keyword, test = ''] = /^(if|elif)\s+(.*)$/s.exec(statement) ?? [];
    if (keyword !== undefined) {
      const value = branches.asks(keyword) ? (layout(test) ?? decided(test, variables)) : false;
      if (value === null) undecided.push(test);
      branches.test(keyword, value);
    } else if (/^(else|fi)$/.test(statement)) branches.end(statement);
    else if (branches.isTaken()) runStatement(statement, variables, exported, commands);
  }
  return { commands, undecided };
}

/** Which branch of nested `if`s is taken. */
class Branches {
  /** `done`: an earlier branch was taken, or a test could not be decided. */
  readonly #stack: ('taken' | 'waiting' | 'done')[] = [];

  isTaken(): boolean {
    return this.#stack.every((state) => state === 'taken');
  }

  asks(keyword: string): boolean {
    const outer = keyword === 'if' ? this.#stack : this.#stack.slice(0, -1);
    const waits = keyword === 'if' || this.#stack.at(-1) === 'waiting';
    return waits && outer.every((state) => state === 'taken');
  }

  test(keyword: string, value: boolean | null): void {
    const asked = this.asks(keyword);
    const before = keyword === 'elif' ? this.#stack.pop() : undefined;
    if (!asked) this.#stack.push(before === undefined || before === 'waiting' ? 'waiting' : 'done');
    else this.#stack.push(value === null ? 'done' : value ? 'taken' : 'waiting');
  }

  end(keyword: string): void {
    const state = this.#stack.pop();
    if (keyword === 'else') this.#stack.push(state === 'waiting' ? 'taken' : 'done');
  }
}

function runStatement(
  statement: string,
  variables: Map<string, string>,
  exported: Set<string>,
  commands: ScriptCommand[],
): void {
  const values = (name: string) => variables.get(name) ?? null;
  const [, isExport, names] = /^(export|declare\s+-x)\s+(.*)$/s.exec(statement) ?? [];
  const words = expandedWords(isExport === undefined ? statement : names!, values);
  const assignments = words.map((word) => /^([A-Za-z_]\w*)=(.*)$/s.exec(word));
  if (isExport !== undefined || (words.length > 0 && assignments.every((match) => match !== null))) {
    for (const [i, match] of assignments.entries()) {
      const name = match?.[1] ?? words[i]!;
      if (match !== null) variables.set(name, match![2]!);
      if (isExport !== undefined) exported.add(name);
    }
    return;
  }
  if (words[0] === 'unset') {
    for (const name of words.slice(1)) {
      variables.delete(name);
      exported.delete(name);
    }
    return;
  }
  const inherited = [...exported].filter((name) => variables.has(name)).map((name) => [name, variables.get(name)!]);
  // `NAME=value command`: for this command
  const ownCount = assignments.indexOf(null);
  const own = assignments.slice(0, ownCount).map((match) => [match![1]!, match![2]!]);
  commands.push({ words: words.slice(ownCount), exported: Object.fromEntries([...inherited, ...own]) });
}

/** null: it can't be decided. */
function decided(test: string, variables: ReadonlyMap<string, string>): boolean | null {
  const inner = /^\[\[?\s+(.*?)\s+\]\]?$/s.exec(test.trim())?.[1];
  if (inner === undefined) return null;
  const words = expandedWords(inner, (name) => variables.get(name) ?? null);
  if (words.some((word) => word.includes(UNKNOWN))) return null;
  const [left = '', operator = '', right = ''] = words;
  if (words.length === 2 && left === '-z') return operator === '';
  if (words.length === 2 && left === '-n') return operator !== '';
  if (words.length !== 3) return null;
  if (operator === '=' || operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  const compare = NUMBERS[operator];
  return compare === undefined ? null : compare(Number(left), Number(right));
}

const NUMBERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
};

/** Opens what is left out whole: it computes nothing that a server gets as it is. */
const LEFT_OUT = /^(for|while|until|case|declare\s+-A|\w+\s*\(\))/;
const CLOSES_LEFT_OUT = /^(done|esac|\)|\})$/;

/** Statements in their order: continued lines and quoted ones as one, comments, loops and Jinja's own lines left out. */
function* statementsOf(text: string): Generator<string> {
  let depth = 0;
  for (const part of split(text)) {
    const statement = part.trim();
    if (statement === '' || statement.startsWith('#') || statement.startsWith('{%')) continue;
    if (CLOSES_LEFT_OUT.test(statement)) depth = Math.max(0, depth - 1);
    else if (LEFT_OUT.test(statement) && !/^declare\b.*\)$/s.test(statement)) depth += 1;
    else if (depth === 0 && !/^(do|then)$/.test(statement)) yield statement.replace(/^(then|do)\s+/, '');
  }
}

/** At `;` and at ends of lines that are not quoted, continued, or within brackets. */
function split(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  let brackets = 0;
  const joined = text.replaceAll('\\\n', ' ');
  for (let i = 0; i < joined.length; i++) {
    const character = joined[i]!;
    const isFree = quote === '' && brackets <= 0;
    if (isFree && character === '#' && /(^|\s)$/.test(part)) {
      while (i + 1 < joined.length && joined[i + 1] !== '\n') i += 1;
      continue;
    }
    if (isFree && (character === '\n' || character === ';')) {
      parts.push(part);
      part = '';
      continue;
    }
    if (quote === '') {
      if (character === '"' || character === "'") quote = character;
      else if (character === '(' && part.endsWith('$')) brackets += 1;
      else if (character === '(' && brackets > 0) brackets += 1;
      else if (character === ')' && brackets > 0) brackets -= 1;
    } else if (character === quote) quote = '';
    part += character;
  }
  return [...parts, part];
}
