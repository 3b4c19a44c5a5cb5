import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';

/** Turns a dotted path of the deployment file into a fault's place: that of the value, or of its key. */
export type Positions = (path: string, at?: 'key') => Place;

export interface Place {
  /** 1-based; null where no place in the file is to blame. */
  readonly line: number | null;
  readonly col: number | null;
}

export const NOWHERE: Place = { line: null, col: null };

/**
 * A scalar or list is found at its value, a map at its key, an entry of a comma-separated text where it stands in the text;
 * what is missing, at the nearest map around it. What `-e` has set stands nowhere.
 */
export function positionsOf(
  document: Document.Parsed,
  lines: LineCounter,
  anchors: ReadonlyMap<string, Node>,
  overridden: ReadonlySet<string>,
): Positions {
  const finder = new Finder(anchors);
  const start = document.contents?.range?.[0] ?? 0;
  return (path, at) => {
    if ([...overridden].some((written) => path === written || path.startsWith(`${written}.`))) return NOWHERE;
    return lines.linePos(finder.find(document.contents, path, start, at === 'key'));
  };
}

class Finder {
  readonly #anchors: ReadonlyMap<string, Node>;
  /** Pairs of a map by key; the last of duplicate keys is the one that counts. */
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(anchors: ReadonlyMap<string, Node>) {
    this.#anchors = anchors;
  }

  /** Offset in the text; `around`: that of the key of the map we are in. */
  find(written: unknown, rest: string, around: number, atKey: boolean): number {
    const node = this.#target(written);
    if (rest === '') return isMap(node) || atKey ? around : offsetOf(written, around);
    if (isMap(node)) {
      const found = this.#pairOf(node, rest, 0);
      if (!found) return around;
      return this.find(found.pair.value, rest.slice(found.key.length + 1), offsetOf(found.pair.key, around), atKey);
    }
    const index = Number.parseInt(rest, 10);
    if (isSeq(node)) {
      const item = node.items[index];
      if (item === undefined) return around;
      return this.find(item, rest.slice(String(index).length + 1), offsetOf(item, around), atKey);
    }
    if (isScalar(node) && node.source !== undefined)
      return offsetOf(node, around) + commaOffset(node.source, index, node.type);
    return offsetOf(node, around);
  }

  /** The pair with the longest key that begins the path: keys like `host 10.0.0.3` hold dots themselves. */
  #pairOf(map: YAMLMap, rest: string, depth: number): { readonly key: string; readonly pair: Pair } | undefined {
    const pairs = this.#pairsOf(map);
    for (let end = rest.length; end > 0; end = rest.lastIndexOf('.', end - 1)) {
      const key = rest.slice(0, end);
      const pair = pairs.get(key);
      if (pair) return { key, pair };
    }
    const merges = pairs.get('<<')?.value;
    // merges may go in circles
    if (!merges || depth > 8) return undefined;
    for (const merged of isSeq(merges) ? merges.items : [merges]) {
      const target = this.#target(merged);
      const found = isMap(target) ? this.#pairOf(target, rest, depth + 1) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known) return known;
    const pairs = new Map(map.items.map((pair) => [keyText(pair.key), pair]));
    this.#pairs.set(map, pairs);
    return pairs;
  }

  #target(written: unknown): unknown {
    return isAlias(written) ? this.#anchors.get(written.source) : written;
  }
}

export function keyText(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : '';
}

function offsetOf(node: unknown, otherwise: number): number {
  return (node as Node | null | undefined)?.range?.[0] ?? otherwise;
}

/** Where entry `index` of a comma-separated text begins, counted from the scalar's first character (its quote, if any). */
function commaOffset(source: string, index: number, style: string | null | undefined): number {
  const parts = source.split(',');
  if (!(index < parts.length)) return 0;
  const before = parts.slice(0, index).reduce((length, part) => length + part.length + 1, 0);
  const blanks = parts[index]!.length - parts[index]!.trimStart().length;
  return before + blanks + (style === 'QUOTE_DOUBLE' || style === 'QUOTE_SINGLE' ? 1 : 0);
}
