import { expandedWords, UNKNOWN, type Values } from './shellExpansion.ts';
import { conjunctsOf, statementsOf } from './shellStatements.ts';
import { decidedTest } from './shellTests.ts';

/** A command of a script, with its words expanded; what is known only when it runs is {@link UNKNOWN} in them. */
export interface ScriptCommand {
  readonly words: readonly string[];
  /** Variables that it inherits from the script. */
  readonly exported: Readonly<Record<string, string>>;
}

export interface ScriptRun {
  /** Of the branches that are taken. */
  readonly commands: readonly ScriptCommand[];
  /** Tests that can't be decided here: none of their branches is run, and what these set is not known. */
  readonly undecided: readonly string[];
  /** Statements in undecided branches, loops, `case` and functions that set no variable. */
  readonly leftOut: readonly string[];
  /** Statements of branches that the layout does not take. */
  readonly skipped: readonly string[];
}

/** The value of a test that depends on the cluster's layout; undefined: it does not. */
export type LayoutTest = (test: string) => boolean | undefined;

const TEST = /^(\[\[?|test)\s/;
const DECLARES = /^(export|(?:declare|typeset|local|readonly)(?=\s))((?:\s+-\w+)*)\s+(.*)$/s;
const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=(.*)$/s;

/** Runs what a start script computes from its own text and its environment: assignments, exports, tests. Nothing else is run. */
export function followScript(text: string, environment: Values, layout: LayoutTest): ScriptRun {
  const run = new Run(environment, layout);
  for (const { text: statement, isLeftOut } of statementsOf(text)) {
    if (isLeftOut) run.leaveOut(statement);
    else run.statement(statement);
  }
  return run;
}

class Run implements ScriptRun {
  readonly commands: ScriptCommand[] = [];
  readonly undecided: string[] = [];
  readonly leftOut: string[] = [];
  readonly skipped: string[] = [];
  readonly #variables: Map<string, string>;
  readonly #exported = new Set<string>();
  readonly #branches = new Branches();

  constructor(
    environment: Values,
    private readonly layout: LayoutTest,
  ) {
    this.#variables = new Map(Object.entries(environment));
  }

  statement(text: string): void {
    const [, keyword, test = ''] = /^(?:\{%-?\s*)?(if|elif)\s+(.*)$/s.exec(text) ?? [];
    const end = /^(else|fi)(\s+[|>].*)?$/s.exec(text)?.[1] ?? /^\{%-?\s*(else|endif)\s*-?%\}$/.exec(text)?.[1];
    if (keyword !== undefined) this.#if(keyword, text.startsWith('{%') ? null : test, text);
    else if (end !== undefined) this.#branches.end(end);
    else if (text.startsWith('{%')) return;
    else if (this.#branches.isTaken()) this.#list(text);
    else this.leaveOut(text);
  }

  /** What it sets is not known afterwards. */
  leaveOut(text: string): void {
    if (/^(if|elif|else|fi)\b|^\{%/.test(text)) return;
    if (this.#branches.isSkipped()) this.skipped.push(text);
    else if (this.#branches.isTaken() || this.#branches.isUndecided()) {
      for (const { text: part } of conjunctsOf(text)) this.#forget(part);
    }
  }

  /** @param test null: Ansible decides it */
  #if(keyword: string, test: string | null, text: string): void {
    if (!this.#branches.asks(keyword)) {
      this.#branches.test(keyword, false);
      return;
    }
    const byLayout = test === null ? undefined : this.layout(test);
    const value = byLayout ?? (test === null ? null : decidedTest(test, this.#variables));
    if (value === null) this.undecided.push(test ?? text);
    this.#branches.test(keyword, byLayout === false ? 'layout' : value);
    // all of it on one line
    if (test === null && /\{%-?\s*endif/.test(text)) this.#branches.end('endif');
  }

  #list(text: string): void {
    let value: boolean | null = true;
    for (const { operator, text: part } of conjunctsOf(text)) {
      if (value === null) this.#forget(part);
      else if (operator === (value ? '||' : '&&')) {
        if (value && !TEST.test(part)) this.leftOut.push(part);
      } else if (TEST.test(part)) {
        const test: string = part;
        value = this.layout(test) ?? decidedTest(test, this.#variables);
        if (value === null && text !== part) this.undecided.push(text);
      } else {
        this.#run(part);
        value = true;
      }
    }
  }

  #run(text: string): void {
    const statement = text.replace(/\{%.*%\}/s, '{{ statement }}');
    const [, declares, flags = '', names] = DECLARES.exec(statement) ?? [];
    const words = expandedWords(names ?? statement, (name) => this.#variables.get(name) ?? null);
    const assignments = words.map((word) => ASSIGNMENT.exec(word));
    if (declares !== undefined || (words.length > 0 && assignments.every((match) => match !== null))) {
      const isExport = (declares === 'export' && !flags.includes('n')) || flags.includes('x');
      for (const [i, match] of assignments.entries()) this.#assign(match, words[i]!, isExport);
    } else if (words[0] === 'unset') {
      for (const name of words.slice(1)) {
        this.#variables.delete(name);
        this.#exported.delete(name);
      }
    } else this.#command(words, assignments);
  }

  #assign(match: RegExpExecArray | null, word: string, isExport: boolean): void {
    const [, name = word, plus, value = ''] = match ?? [];
    if (match !== null) this.#variables.set(name, plus === '+' ? `${this.#variables.get(name) ?? ''}${value}` : value);
    if (isExport) this.#exported.add(name);
  }

  #command(words: readonly string[], assignments: readonly (RegExpExecArray | null)[]): void {
    const inherited = [...this.#exported]
      .filter((name) => this.#variables.has(name))
      .map((name) => [name, this.#variables.get(name)!]);
    // `NAME=value command`: for this command
    const ownCount = assignments.indexOf(null);
    const own = assignments.slice(0, ownCount).map((match) => [match![1]!, match![3]!]);
    this.commands.push({ words: words.slice(ownCount), exported: Object.fromEntries([...inherited, ...own]) });
  }

  #forget(text: string): void {
    const [, declares, flags = '', names = text] = DECLARES.exec(text) ?? [];
    const assigned = Array.from(names.matchAll(/(?:^|\s)([A-Za-z_]\w*)\+?=/g), ([, name]) => name!);
    const isAssignment = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/.test(names);
    if (declares === undefined && !isAssignment) {
      if (!TEST.test(text)) this.leftOut.push(text);
      return;
    }
    for (const name of declares === undefined ? assigned.slice(0, 1) : assigned) {
      this.#variables.set(name, UNKNOWN);
      if (declares === 'export' || flags.includes('x')) this.#exported.add(name);
    }
  }
}

/** Which branch of nested `if`s is taken. */
class Branches {
  /** `done`: an earlier branch was taken; `layout`: waiting, because the layout does not take this one. */
  readonly #stack: ('taken' | 'waiting' | 'layout' | 'undecided' | 'done')[] = [];

  isTaken(): boolean {
    return this.#stack.every((state) => state === 'taken');
  }

  isUndecided(): boolean {
    return !this.isTaken() && this.#stack.every((state) => state === 'taken' || state === 'undecided');
  }

  isSkipped(): boolean {
    return this.#stack.includes('layout') && this.#stack.every((state) => state === 'taken' || state === 'layout');
  }

  asks(keyword: string): boolean {
    const outer = keyword === 'if' ? this.#stack : this.#stack.slice(0, -1);
    const waits = keyword === 'if' || ['waiting', 'layout'].includes(this.#stack.at(-1)!);
    return waits && outer.every((state) => state === 'taken');
  }

  test(keyword: string, value: boolean | null | 'layout'): void {
    const asked = this.asks(keyword);
    const before = keyword === 'elif' ? this.#stack.pop() : undefined;
    if (!asked && keyword === 'if') this.#stack.push(this.isUndecided() ? 'undecided' : 'done');
    else if (!asked) this.#stack.push(before === 'undecided' ? 'undecided' : 'done');
    else if (value === 'layout') this.#stack.push('layout');
    else this.#stack.push(value === null ? 'undecided' : value ? 'taken' : 'waiting');
  }

  end(keyword: string): void {
    const state = this.#stack.pop();
    if (keyword !== 'else') return;
    const waits = state === 'waiting' || state === 'layout';
    this.#stack.push(state === 'undecided' ? 'undecided' : waits ? 'taken' : 'done');
  }
}
