import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Fault } from './fault.ts';
import { keyText, NOWHERE } from './positions.ts';
import { childOf, type Field, typesOf } from './schema.ts';

/** UTF-16 units; the file of a cluster of 100 hosts has 20 Ki. */
const MAX_LENGTH = 128 * 1024;
const MAX_DEPTH = 500;
/** Values after aliases are unfolded. */
const MAX_VALUES = 50_000;

export interface ReadDocument {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly anchors: ReadonlyMap<string, Node>;
  /** Maps, lists and scalars; scalars already of the type the schema prefers ("8080" is 8080 where a port stands). */
  readonly plain: unknown;
}

/** Reads YAML 1.2 with merge keys. Everything odd becomes a fault; `null` when nothing can be read at all. */
export function readDocument(text: string, file: string, root: Field, faults: Fault[]): ReadDocument | null {
  const nowhere = { severity: 'error', file, path: '', hint: null } as const;
  if (text.length > MAX_LENGTH) {
    const message = `The file has ${Math.ceil(text.length / 1024)} KiB; a deployment has at most 128.`;
    const hint = 'Is this the right file?';
    faults.push({ ...nowhere, code: 'file_too_large', message, hint, line: 1, col: 1 });
    return null;
  }
  const lines = new LineCounter();
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== null) {
    faults.push({
      ...nowhere,
      code: 'yaml_syntax',
      message: TOO_DEEP,
      line: lineOf(text, tooDeep),
      col: colOf(text, tooDeep),
    });
    return null;
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch (error) {
    // the parser is recursive
    if (!(error instanceof RangeError)) throw error;
    faults.push({ ...nowhere, code: 'yaml_syntax', message: TOO_DEEP, line: 1, col: 1 });
    return null;
  }
  // what follows a first syntax error is mostly its consequence
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const message = broken.message.startsWith('Maximum call stack') ? TOO_DEEP : sentence(broken.message);
    const hint = broken.code === 'TAB_AS_INDENT' ? 'Indent with spaces.' : null;
    faults.push({ ...nowhere, code: 'yaml_syntax', message, hint, line, col });
    return null;
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const hint = 'Start from one of the files in inventories/.';
    faults.push({ ...nowhere, code: 'empty_file', message: 'The file holds nothing.', hint, line: 1, col: 1 });
    return null;
  }
  const reader = new Reader(file, lines, faults);
  try {
    return { document, lines, anchors: reader.anchors, plain: reader.read(document.contents, root, []) };
  } catch (error) {
    if (error instanceof RangeError) {
      faults.push({
        ...nowhere,
        code: 'yaml_syntax',
        message: TOO_DEEP,
        line: 1,
        col: 1,
      });
    } else if (!(error instanceof TooMuch)) throw error;
    return null;
  }
}

/** The value of one `-e path=value`, read like a value of the file. */
export function readValue(
  text: string,
  file: string,
  field: Field | undefined,
  path: readonly string[],
  faults: Fault[],
): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [broken] = document.errors;
  if (broken) {
    const dotted = path.join('.');
    const hint = `Quote the value: -e '${dotted}="..."'.`;
    faults.push({
      code: 'bad_override',
      severity: 'error',
      message: sentence(broken.message),
      hint,
      file,
      ...NOWHERE,
      path: dotted,
    });
    return undefined;
  }
  const own: Fault[] = [];
  const value = new Reader(file, lines, own).read(document.contents, field, path);
  faults.push(...own.map((fault) => ({ ...fault, ...NOWHERE })));
  return value;
}

/** True for texts that are not worth a parser's time: {@link readDocument} refuses them unread. */
export function isRefusedUnread(text: string): boolean {
  return text.length > MAX_LENGTH || tooDeepAt(text) !== null;
}

/** Where more brackets are open than any deployment opens: the parser is recursive, and slow to run out of stack. */
function tooDeepAt(text: string): number | null {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '[' || char === '{') depth++;
    else if ((char === ']' || char === '}') && depth > 0) depth--;
    if (depth > MAX_DEPTH) return i;
  }
  return null;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function colOf(text: string, offset: number): number {
  return offset - text.lastIndexOf('\n', offset - 1);
}

class TooMuch extends Error {}

class Reader {
  readonly anchors = new Map<string, Node>();
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #faults: Fault[];
  /** Nodes we are inside of: an alias to one of them never ends. */
  readonly #open = new Set<Node>();
  #numValues = 0;
  #aliasDepth = 0;

  constructor(file: string, lines: LineCounter, faults: Fault[]) {
    this.#file = file;
    this.#lines = lines;
    this.#faults = faults;
  }

  read(node: Node | null, field: Field | undefined, path: readonly string[]): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#follow(node.source, node, path, (target) => this.read(target, field, path));
    if (++this.#numValues > MAX_VALUES) {
      this.#tooMuch(node, path, `The file unfolds to more than ${MAX_VALUES} values.`);
    }
    if ('anchor' in node && node.anchor && this.#aliasDepth === 0) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node, field, path);
    this.#open.add(node);
    let value: unknown = null;
    if (isSeq(node)) {
      value = node.items.map((item, i) =>
        this.read(item as Node | null, field && childOf(field, String(i)), [...path, String(i)]),
      );
    } else if (isMap(node)) {
      value = this.#map(node.items as Pair<Node, Node | null>[], field, path);
    }
    this.#open.delete(node);
    return value;
  }

  #map(pairs: readonly Pair<Node, Node | null>[], field: Field | undefined, path: readonly string[]): object {
    // without a prototype, so that a key like __proto__ is only a key
    const own: Record<string, unknown> = Object.create(null);
    const merged: Record<string, unknown> = Object.create(null);
    const firstAt = new Map<string, Node>();
    for (const { key: written, value } of pairs) {
      if (!isScalar(written)) {
        this.#fault('wrong_type', written ?? value, path, 'A key must be plain text.', 'Put quotes around it.');
        continue;
      }
      const key = keyText(written);
      if (key === '<<') {
        for (const source of isSeq(value) ? (value.items as Node[]) : [value]) this.#merge(source, field, path, merged);
        continue;
      }
      const first = firstAt.get(key);
      if (first) {
        const line = this.#lines.linePos(first.range?.[0] ?? 0).line;
        const message = `\`${key}\` stands twice in the same map; the first is in line ${line}.`;
        this.#fault('duplicate_key', written, [...path, key], message, 'Remove one of the two.');
      }
      firstAt.set(key, written);
      own[key] = this.read(value, field && childOf(field, key), [...path, key]);
    }
    return Object.assign(Object.create(null), merged, own);
  }

  #merge(
    source: Node | null,
    field: Field | undefined,
    path: readonly string[],
    merged: Record<string, unknown>,
  ): void {
    const value = this.read(source, field, path);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      this.#fault('wrong_type', source, path, '`<<` merges maps only.', 'Name an anchor of a map: `<<: *name`.');
      return;
    }
    // of several merged maps the first one wins
    for (const [key, entry] of Object.entries(value)) if (!(key in merged)) merged[key] = entry;
  }

  #follow<T>(anchor: string, alias: Node, path: readonly string[], go: (target: Node) => T): T | null {
    const target = this.anchors.get(anchor);
    if (!target) {
      const hint = `An anchor is written &${anchor} before it is used.`;
      this.#fault('yaml_syntax', alias, path, `\`*${anchor}\` names no anchor.`, hint);
      return null;
    }
    if (this.#open.has(target)) this.#tooMuch(alias, path, `\`*${anchor}\` stands inside of what it repeats.`);
    this.#aliasDepth++;
    const value = go(target);
    this.#aliasDepth--;
    return value;
  }

  #scalar(node: Scalar, field: Field | undefined, path: readonly string[]): unknown {
    const { value } = node;
    const types = typesOf(field);
    const source = node.source ?? String(value);
    if (typeof value === 'string' && node.type === 'PLAIN' && YAML11_WORD.test(value)) {
      return this.#yaml11Word(node, value, field, path);
    }
    const [preferred] = types;
    if (typeof value === 'string' && (preferred === 'integer' || preferred === 'number') && NUMBER.test(value.trim())) {
      return Number(value);
    }
    if (typeof value === 'number' && preferred === 'string') return source;
    if (typeof value === 'boolean' && preferred === 'string' && types.includes('boolean')) return source;
    return value;
  }

  #yaml11Word(node: Scalar, word: string, field: Field | undefined, path: readonly string[]): unknown {
    const types = typesOf(field);
    const meant = /^(yes|on)$/i.test(word);
    if (types.includes('boolean') && !types.includes('string')) {
      this.#fault('yaml11_word', node, path, `\`${word}\` is read as ${meant} here.`, `Write ${meant}.`, 'warning');
      return meant;
    }
    const takesText = types.length === 0 || (types.includes('string') && field?.enum === undefined);
    if (takesText) {
      const hint = `Write "${word}" in quotes, or ${meant}.`;
      this.#fault('yaml11_word', node, path, `\`${word}\` is text in YAML 1.2, not ${meant}.`, hint, 'warning');
    }
    return word;
  }

  #tooMuch(node: Node, path: readonly string[], message: string): never {
    this.#fault('alias_bomb', node, path, message, 'Write the values out.');
    throw new TooMuch(message);
  }

  #fault(
    code: Fault['code'],
    node: Node | null,
    path: readonly string[],
    message: string,
    hint: string,
    severity: Fault['severity'] = 'error',
  ): void {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    this.#faults.push({ code, severity, message, hint, file: this.#file, line, col, path: path.join('.') });
  }
}

const TOO_DEEP = 'Maps or lists are nested too deeply.';
const YAML11_WORD = /^(yes|no|on|off)$/i;
const NUMBER = /^-?\d+(\.\d+)?$/;

function sentence(message: string): string {
  const [first = ''] = message.split('\n');
  return first.endsWith('.') ? first : `${first}.`;
}
