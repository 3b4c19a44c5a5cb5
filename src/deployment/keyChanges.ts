import { isMap } from '../files/maps.ts';
import type { JsonObject } from './deployment.ts';

/** A key whose value is another than before. */
export interface KeyChange {
  /** Dotted, as `-e` takes it. */
  readonly path: string;
  /** Undefined: it is not in the file, so the default applies. */
  readonly from: unknown;
  readonly to: unknown;
}

/** How to reach a host, and how long to wait for it: the same servers run whatever these are. */
const OF_THE_CONTROLLER =
  /(^|\.)(user|private_key|passphrase|password|agent|ssh_port|jump)$|^services\.(ssh|ready)(\.|$)/;

/** Longer values are cut in the middle. */
const SHOWN_CHARACTERS = 100;

/** What differs between two deployment documents, key by key, in the order of the newer one; keys that are gone come last. */
export function keyChanges(before: JsonObject, after: JsonObject): readonly KeyChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const paths = [...now.keys(), ...[...old.keys()].filter((path) => !now.has(path))];
  return paths
    .filter((path) => !OF_THE_CONTROLLER.test(path) && !isSame(old.get(path), now.get(path)))
    .map((path) => ({ path, from: old.get(path), to: now.get(path) }));
}

/** `decode.max_model_len 4096 -> 2048` */
export function keyChangeText({ path, from, to }: KeyChange): string {
  return `${path.replace(/^services\./, '')} ${valueText(from)} -> ${valueText(to)}`;
}

function valueText(value: unknown): string {
  if (value === undefined) return '(default)';
  const text =
    typeof value === 'string' && value !== '' ? value : Array.isArray(value) ? listText(value) : JSON.stringify(value);
  if (text.length <= SHOWN_CHARACTERS) return text;
  const half = (SHOWN_CHARACTERS - 3) / 2;
  return `${text.slice(0, Math.ceil(half))}...${text.slice(-Math.floor(half))}`;
}

function listText(list: readonly unknown[]): string {
  return `[${list.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(', ')}]`;
}

/** Values by dotted path; a list is one value, and so is an empty map. */
function leavesOf(value: unknown, path = ''): ReadonlyMap<string, unknown> {
  if (!isMap(value) || Object.keys(value).length === 0) return new Map(path === '' ? [] : [[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, each]) => [...leavesOf(each, path === '' ? key : `${path}.${key}`)]),
  );
}

/** Lists may be written as one text with commas. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) !== Array.isArray(b)) return String(a) === String(b);
  return JSON.stringify(a) === JSON.stringify(b);
}
