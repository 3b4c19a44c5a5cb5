import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { pythonText } from './pythonText.ts';

const TOO_DEEP = 'its maps or lists are nested too deeply';
const SECRET = /pass(word|wd|phrase)?$|secret|token/i;

export type Path = readonly (string | number)[];

/** Something a foreign file says that has no place in a deployment. */
export interface Leftover {
  readonly file: string;
  /** 1-based. */
  readonly line: number | null;
  /** `all.vars.etcd_port` */
  readonly path: string;
  /** As JSON; null: it may be a secret. */
  readonly value: string | null;
  readonly because: string;
}

/** A foreign file can't be understood; says where and why. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/**
 * A YAML (or JSON) file of another tool, and a record of what was taken from it: what nobody took is left over, so that
 * nothing a file says can be lost without a word.
 */
export class ForeignDocument {
  readonly file: string;
  readonly root: unknown;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  #spelledRoot: unknown;
  readonly #taken = new Set<string>();
  readonly #reasons = new Map<string, string>();

  constructor(file: string, text: string) {
    this.file = file;
    this.#lines = new LineCounter();
    this.#document = parse(file, text, this.#lines);
    const [broken] = this.#document.errors;
    if (broken !== undefined) {
      const { line, col } = this.#lines.linePos(broken.pos[0]);
      throw new ForeignFileError(`${file}:${line}:${col}: not YAML: ${inWords(broken.message)}`);
    }
    this.root = plain(file, this.#document);
  }

  /** The value at a path; undefined where there is none. */
  peek(path: Path): unknown {
    return path.reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      this.root,
    );
  }

  /** As {@link peek}, with Python's text of each number, boolean and date, as `str` gives it of what PyYAML reads. */
  spelled(path: Path): unknown {
    this.#spelledRoot ??= plain(this.file, spelledDocument(this.#document));
    return path.reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      this.#spelledRoot,
    );
  }

  /** The value at a path, which thereby has found its place, with everything below it. */
  take(path: Path): unknown {
    const value = this.peek(path);
    if (value !== undefined) this.#taken.add(JSON.stringify(path));
    return value;
  }

  /** Says why something is left over. */
  leave(path: Path, because: string): void {
    if (this.peek(path) !== undefined) this.#reasons.set(JSON.stringify(path), because);
  }

  /** 1-based line of a key; null where it stands nowhere, as behind a merge. */
  lineOf(path: Path): number | null {
    const parent = this.#document.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    const node = pair?.key ?? this.#document.getIn(path, true);
    const offset = (node as { range?: readonly number[] } | null | undefined)?.range?.[0];
    return offset === undefined ? null : this.#lines.linePos(offset).line;
  }

  /** What nobody took, key by key, in the order of the file. @param because for what nobody gave a reason */
  leftovers(because: (key: string, path: Path) => string): readonly Leftover[] {
    return [...this.#twice(), ...this.#untaken([], this.root)].map(({ path, value, reason }) => ({
      file: this.file,
      line: this.lineOf(path),
      path: path.map((key) => (typeof key === 'number' ? `[${key}]` : key)).join('.'),
      value: value === undefined || path.some((key) => SECRET.test(String(key))) ? null : JSON.stringify(value),
      because: reason ?? this.#reasons.get(JSON.stringify(path)) ?? because(String(path.at(-1) ?? ''), path),
    }));
  }

  #untaken(path: Path, value: unknown): Untaken[] {
    const key = JSON.stringify(path);
    if (this.#taken.has(key) || value === null || value === undefined) return [];
    if (!isObject(value) || this.#reasons.has(key)) return [{ path, value }];
    const below = `${key.slice(0, -1)},`;
    const whole =
      Array.isArray(value) && ![...this.#taken, ...this.#reasons.keys()].some((each) => each.startsWith(below));
    if (path.length > 0 && whole) return [{ path, value }];
    return Object.entries(value).flatMap(([name, child]) =>
      this.#untaken([...path, Array.isArray(value) ? Number(name) : name], child),
    );
  }

  /** Keys that stand twice in a map: all but the last are lost to the other tools too. */
  #twice(): Untaken[] {
    const found: Untaken[] = [];
    const visit = (node: unknown, path: Path): void => {
      if (!isMap(node)) return;
      const last = new Map(node.items.map((item) => [String(item.key), item]));
      for (const item of node.items) {
        const key = String(item.key);
        if (last.get(key) === item) visit(item.value, [...path, key]);
        else if (key !== '<<')
          found.push({
            path: [...path, key],
            value: undefined,
            reason: 'the key stands twice in its map; the last one counts',
          });
      }
    };
    visit(this.#document.contents, []);
    return found;
  }
}

/** The other tools read with PyYAML: YAML 1.1, where yes is true, and the last of two equal keys counts. */
function parse(file: string, text: string, lineCounter: LineCounter): Document.Parsed {
  const options = { version: '1.1', merge: true, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;
  try {
    return parseDocument(text, { ...options, lineCounter });
  } catch (error) {
    // the parser is recursive
    if (!(error instanceof RangeError)) throw error;
    throw new ForeignFileError(`${file}: not YAML: ${TOO_DEEP}`);
  }
}

function inWords(message: string): string {
  return message.startsWith('Maximum call stack') ? TOO_DEEP : message.split('\n')[0]!;
}

function plain(file: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    if (!(error instanceof ReferenceError) && !(error instanceof RangeError)) throw error;
    throw new ForeignFileError(`${file}: its aliases unfold to too much: ${error.message}`);
  }
}

function spelledDocument(document: Document.Parsed): Document.Parsed {
  const copy = document.clone() as Document.Parsed;
  visit(copy, {
    Scalar: (key, scalar) => {
      if (key !== 'key' && typeof scalar.value !== 'string' && scalar.value !== null)
        scalar.value = pythonText(scalar.value, scalar.source ?? String(scalar.value));
    },
  });
  return copy;
}

interface Untaken {
  readonly path: Path;
  readonly value: unknown;
  readonly reason?: string;
}

export function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
