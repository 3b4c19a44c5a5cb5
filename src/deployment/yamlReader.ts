import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type Scalar } from 'yaml';
import type { Fault } from './fault.ts';
import { keyText } from './positions.ts';
import { childOf, type Field, typesOf } from './schema.ts';

/** Values after aliases are unfolded. */
const MAX_VALUES = 50_000;
const YAML11_WORD = /^(yes|no|on|off)$/i;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** Thrown after its fault is reported: nothing more can be read. */
export class TooMuch extends Error {}

/**
 * YAML's nodes -> plain values, with aliases and merge keys followed, coerced to the types the schema prefers. Maps have no
 * prototype, so that a key like __proto__ is only a key.
 */
export class YamlReader {
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
      this.#fault('yaml11_word', node, path, `\`${word}\` is read as ${meant} here.`, `Write ${meant}.`);
      return meant;
    }
    const takesText = types.length === 0 || (types.includes('string') && field?.enum === undefined);
    if (takesText) {
      const hint = `Write "${word}" in quotes, or ${meant}.`;
      this.#fault('yaml11_word', node, path, `\`${word}\` is text in YAML 1.2, not ${meant}.`, hint);
    }
    return word;
  }

  #tooMuch(node: Node, path: readonly string[], message: string): never {
    this.#fault('alias_bomb', node, path, message, 'Write the values out.');
    throw new TooMuch(message);
  }

  #fault(code: Fault['code'], node: Node | null, path: readonly string[], message: string, hint: string): void {
    const severity = code === 'yaml11_word' ? 'warning' : 'error';
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    this.#faults.push({ code, severity, message, hint, file: this.#file, line, col, path: path.join('.') });
  }
}
