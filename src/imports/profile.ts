import type { Json, JsonObject } from '../deployment/deployment.ts';
import { type ForeignDocument, isObject, type Leftover } from './foreignDocument.ts';
import type { InventoryHost } from './inventory.ts';
import { ShellTextError } from './shellArithmetic.ts';
import { expandShell } from './shellText.ts';
import { shellWords } from './shellWords.ts';

/** Stands in templates for a path that a user has to fill in. */
const PLACEHOLDER = /\byour_\w*path\b|<your\b|\/path\/to\/(?!key)/i;
const NOT_TEXT = 'it is a map or a list, and omni_cli would pass it as Python prints it: write a text';

/** Where what a profile can't give is noted. */
export interface ProfileNotes {
  readonly document: ForeignDocument;
  readonly problems: string[];
  readonly leftovers: Leftover[];
}

/** One host's `env` and `args`, with values as bash would expand them where omni_cli starts a server. */
export class Profile {
  readonly name: string;
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #args: Readonly<Record<string, unknown>>;
  /** The arguments as YAML reads them; the others have Python's spelling. */
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #expanding = new Set<string>();

  constructor(
    private readonly host: InventoryHost,
    private readonly notes: ProfileNotes,
  ) {
    this.name = host.name;
    const { document } = notes;
    // omni_cli reads the host's own maps, not those of groups
    for (const name of ['env', 'args']) document.take([...host.path, name]);
    this.#env = mapOf(document.spelled([...host.path, 'env']));
    this.#args = mapOf(document.spelled([...host.path, 'args']));
    this.#values = mapOf(document.peek([...host.path, 'args']));
  }

  /** null: not set, or not to be made out, which is noted. */
  env(name: string): string | null {
    return this.#noted(['env', name], () => this.#variable(name));
  }

  envNames(): readonly string[] {
    return Object.keys(this.#env);
  }

  /** As it is written. */
  written(name: string): string {
    return String(this.#env[name] ?? '');
  }

  /** A part of a value, expanded. */
  text(path: readonly string[], part: string): string | null {
    return this.#noted(path, () => this.#expanded(part));
  }

  arg(name: string): string | null {
    const value = this.#args[name];
    if (value === undefined || value === null) return null;
    return this.#noted(['args', name], () => this.#expanded(textOf(value)));
  }

  /** An argument that is a number, or a variable of the file that is one. */
  numberArg(name: string): number | null {
    const text = String(this.#args[name] ?? '');
    const variable = /^\$\{?(\w+)\}?$/.exec(text)?.[1];
    const found = variable === undefined ? text : String(this.#env[variable] ?? '');
    return /^\d+$/.test(found) ? Number(found) : null;
  }

  /** A number that a text must be; null: it is not, which is noted. */
  number(path: readonly string[], text: string): number | null {
    const value = Number(text.trim());
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    this.fail(path, `${text} is not a number`);
    return null;
  }

  /** What is written for an argument, Python's way; undefined: nothing. */
  given(name: string): unknown {
    return this.#args[name] ?? undefined;
  }

  /** A switch among the arguments, which takes no value. */
  isSwitchedOn(name: string): boolean {
    const value = this.given(name);
    if (value !== undefined && value !== '') this.fail(['args', name], switchFault(name, value));
    return value !== undefined;
  }

  /** A map among the arguments, or a text of JSON, its texts expanded. */
  argMap(name: string): JsonObject {
    const written = this.#values[name];
    if (written !== undefined && written !== null && !isObject(written)) return this.#jsonArg(name);
    if (Array.isArray(written)) this.fail(['args', name], 'it is a list, not a map');
    const map = mapOf(written);
    return Object.fromEntries(
      Object.entries(map).flatMap(([key, value]) => {
        const found = this.#noted(['args', name, key], () => this.#json(value as Json));
        return found === null && value !== null ? [] : [[key, found]];
      }),
    );
  }

  /** Those with a value: omni_cli leaves out an argument of null. */
  argNames(): readonly string[] {
    return Object.keys(this.#args).filter((name) => this.#args[name] !== null);
  }

  /** `extra-args`: names with Python's text of their values, or the words of a text. */
  extraArgs(): readonly (readonly [name: string, value: Json])[] {
    const name = 'extra-args';
    const written = this.#args[name];
    if (isObject(written) && !Array.isArray(written))
      return Object.entries(written).map(([key, value]) => [key, this.#extra(key, value)]);
    return wordPairs(shellWords(this.arg(name) ?? ''), (word) =>
      this.fail(['args', name], `${word} stands before any --name`),
    );
  }

  /** Notes that a value of `env` or `args` is not passed on. */
  leave(path: readonly string[], because: string): void {
    const { document, leftovers } = this.notes;
    const value = document.peek([...this.host.path, ...path]);
    const shown = value === undefined ? null : JSON.stringify(value);
    const line = document.lineOf([...this.host.path, ...path]);
    leftovers.push({ file: document.file, line, path: `${this.name}.${path.join('.')}`, value: shown, because });
  }

  /** Adds an error with the place of a value. */
  fail(path: readonly string[], because: string): void {
    const { document, problems } = this.notes;
    const line = document.lineOf([...this.host.path, ...path]);
    const at = line === null ? document.file : `${document.file}:${line}`;
    const problem = `${at}: ${this.name}.${path.join('.')}: ${because}`;
    if (!problems.includes(problem)) problems.push(problem);
  }

  #noted<T>(path: readonly string[], read: () => T): T | null {
    try {
      const value = read();
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (PLACEHOLDER.test(text ?? '')) this.fail(path, `${text} has to be filled in`);
      return value;
    } catch (error) {
      if (!(error instanceof ShellTextError)) throw error;
      this.fail(path, error.message);
      return null;
    }
  }

  #variable(name: string): string | null {
    const value = this.#env[name];
    if (value === undefined) return null;
    if (this.#expanding.has(name)) throw new ShellTextError(`$${name} is set from itself`);
    this.#expanding.add(name);
    try {
      return this.#expanded(textOf(value ?? ''), name);
    } finally {
      this.#expanding.delete(name);
    }
  }

  /** @param within the variable that is being set: those that are set after it are empty then */
  #expanded(text: string, within: string | null = null): string {
    return expandShell(text, (name) => {
      if (within !== null && this.#isSetLater(name, within))
        throw new ShellTextError(`$${name} is set further below, and empty here for bash`);
      return this.#variable(name);
    });
  }

  /** omni_cli exports values without a `$` first. */
  #isSetLater(name: string, than: string): boolean {
    const names = Object.keys(this.#env);
    return String(this.#env[name]).includes('$') && names.indexOf(name) > names.indexOf(than);
  }

  #jsonArg(name: string): JsonObject {
    const path = ['args', name];
    const text = this.arg(name);
    if (text === null) return {};
    try {
      const value: unknown = JSON.parse(text);
      if (isObject(value) && !Array.isArray(value)) return value as JsonObject;
    } catch {
      // noted below
    }
    this.fail(path, 'it is not the JSON of a map');
    return {};
  }

  #extra(name: string, value: unknown): Json {
    const path = ['args', 'extra-args', name];
    if (value === null) this.fail(path, `omni_cli writes --${name} None: write '' for a switch`);
    const isEvents = name === 'kv-events-config';
    if (isObject(value) && !isEvents) this.fail(path, NOT_TEXT);
    if (isEvents && isObject(value)) return (this.argMap('extra-args')[name] ?? null) as Json;
    return isObject(value) || value === null ? null : this.#noted(path, () => this.#expanded(String(value)));
  }

  /** A text that is a variable as a whole becomes what it stands for: bash puts it there without quotes. */
  #json(value: Json): Json {
    if (typeof value !== 'string') return expandedTexts(value, (text) => this.#expanded(text));
    const text = value.trim();
    if (!text.startsWith('$')) return this.#expanded(text);
    const expanded = this.#expanded(text);
    try {
      const value: Json = JSON.parse(expanded);
      return value;
    } catch {
      return expanded;
    }
  }
}

function expandedTexts(value: Json, expand: (text: string) => string): Json {
  if (typeof value === 'string') return expand(value);
  if (Array.isArray(value)) return value.map((each: Json) => expandedTexts(each, expand));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, each]) => [key, expandedTexts(each, expand)]),
  );
}

/** @throws ShellTextError */
function textOf(value: unknown): string {
  if (isObject(value)) throw new ShellTextError(NOT_TEXT);
  return String(value);
}

export function switchFault(name: string, value: unknown): string {
  return `omni_cli writes --${name} ${String(value)}, and a switch takes no value: write '' to set it, or leave it out`;
}

/** `--name value`, `--name=value`, or `--name`. */
function wordPairs(words: readonly string[], fail: (word: string) => void): readonly (readonly [string, Json])[] {
  const pairs: [string, string[]][] = [];
  for (const word of words) {
    const [, name, glued] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) pairs.push([name, glued === undefined ? [] : [glued]]);
    else if (pairs.length === 0) fail(word);
    else pairs.at(-1)![1].push(word);
  }
  return pairs.map(([name, values]) => [name, values.join(' ')]);
}

function mapOf(value: unknown): Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) ? value : {};
}
