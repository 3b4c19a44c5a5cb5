import type { Json, JsonObject } from '../deployment/deployment.ts';
import { type ForeignDocument, isObject, type Leftover } from './foreignDocument.ts';
import type { InventoryHost } from './inventory.ts';
import { ShellTextError } from './shellArithmetic.ts';
import { expandShell } from './shellText.ts';

/** Stands in templates for a path that a user has to fill in. */
const PLACEHOLDER = /\byour_\w*path\b|\/path\/to\/(?!key)/;

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
  readonly #expanding = new Set<string>();

  constructor(
    private readonly host: InventoryHost,
    private readonly notes: ProfileNotes,
  ) {
    this.name = host.name;
    this.#env = mapOf(host.get('env'));
    this.#args = mapOf(host.get('args'));
  }

  /** null: not set, or not to be made out, which is noted. */
  env(name: string): string | null {
    return this.#noted(['env', name], () => this.#variable(name));
  }

  envNames(): readonly string[] {
    return Object.keys(this.#env).filter((name) => this.#env[name] !== null);
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
    if (value === undefined || value === null || isObject(value)) return null;
    return this.#noted(['args', name], () => this.#expanded(String(value)));
  }

  /** An argument that is written as a number. */
  numberArg(name: string): number | null {
    const text = String(this.#args[name] ?? '');
    return /^\d+$/.test(text) ? Number(text) : null;
  }

  /** A map among the arguments, its texts expanded. */
  argMap(name: string): JsonObject {
    const map = mapOf(this.#args[name]);
    return Object.fromEntries(
      Object.entries(map).flatMap(([key, value]) => {
        const found = this.#noted(['args', name, key], () => this.#json(value as Json));
        return found === null && value !== null ? [] : [[key, found]];
      }),
    );
  }

  argNames(): readonly string[] {
    return Object.keys(this.#args);
  }

  /** Notes that a value of `env` or `args` is not passed on. */
  leave(path: readonly string[], because: string): void {
    const { document, leftovers } = this.notes;
    const value = path.reduce<unknown>((map, key) => (isObject(map) ? map[key] : undefined), {
      env: this.#env,
      args: this.#args,
    });
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
      const placeholder = PLACEHOLDER.exec(typeof value === 'string' ? value : '')?.[0];
      if (placeholder !== undefined) this.fail(path, `${String(value)} has to be filled in`);
      return value;
    } catch (error) {
      if (!(error instanceof ShellTextError)) throw error;
      this.fail(path, error.message);
      return null;
    }
  }

  #variable(name: string): string | null {
    const value = this.#env[name];
    if (value === undefined || value === null || isObject(value)) return null;
    if (this.#expanding.has(name)) throw new ShellTextError(`$${name} is set from itself`);
    this.#expanding.add(name);
    try {
      return this.#expanded(String(value));
    } finally {
      this.#expanding.delete(name);
    }
  }

  #expanded(text: string): string {
    return expandShell(text, (name) => this.#variable(name));
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

function mapOf(value: unknown): Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) ? value : {};
}
