import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

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
 * what is missing, at the nearest map around it.
 */
export function positionsOf(
  document: Document.Parsed,
  lines: LineCounter,
  anchors: ReadonlyMap<string, Node>,
  overridden: ReadonlySet<string>,
): Positions {
  const placeOf = (offset: number): Place => lines.linePos(offset);
  return (path, at) => {
    if ([...overridden].some((written) => path === written || path.startsWith(`${written}.`))) return NOWHERE;
    return placeOf(find(document.contents, path, document.contents?.range?.[0] ?? 0, at === 'key', anchors));
  };
}

/** `around`: offset of the key of the map we are in. */
function find(
  written: unknown,
  rest: string,
  around: number,
  atKey: boolean,
  anchors: ReadonlyMap<string, Node>,
): number {
  const node = isAlias(written) ? anchors.get(written.source) : written;
  if (rest === '') return isMap(node) || atKey ? around : ((written as Node | null)?.range?.[0] ?? around);
  if (isMap(node)) {
    const pair = findPair(node, rest, anchors, 0);
    if (!pair) return around;
    const keyOffset = (pair.key as Node).range?.[0] ?? around;
    const key = keyText(pair.key);
    return find(pair.value, rest.slice(key.length + 1), keyOffset, atKey, anchors);
  }
  const index = Number.parseInt(rest, 10);
  if (isSeq(node)) {
    const item = node.items[index];
    return item === undefined
      ? around
      : find(item, rest.slice(String(index).length + 1), offsetOf(item, around), atKey, anchors);
  }
  if (isScalar(node) && node.source !== undefined)
    return offsetOf(node, around) + commaOffset(node.source, index, node.type);
  return offsetOf(node, around);
}

/** The pair with the longest key that begins the path: keys like `host 10.0.0.3` hold dots themselves. */
function findPair(map: unknown, rest: string, anchors: ReadonlyMap<string, Node>, depth: number): Pair | undefined {
  if (!isMap(map)) return undefined;
  const begins = (key: string) => rest === key || rest.startsWith(`${key}.`);
  let found: Pair | undefined;
  for (const pair of map.items) {
    const key = keyText(pair.key);
    // the last of duplicate keys is the one that counts
    if (begins(key) && (!found || key.length >= keyText(found.key).length)) found = pair;
  }
  if (found || depth > 8) return found;
  for (const pair of map.items.filter((pair) => keyText(pair.key) === '<<')) {
    for (const merged of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      found = findPair(isAlias(merged) ? anchors.get(merged.source) : merged, rest, anchors, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
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
