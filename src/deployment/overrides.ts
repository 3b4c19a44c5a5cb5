import { isMap } from '../files/maps.ts';
import { readValue } from './document.ts';
import type { Fault } from './fault.ts';
import { NOWHERE } from './positions.ts';
import { childOf, type Field, isOpen, ROOT } from './schema.ts';
import { suggest } from './suggest.ts';

type Map = Record<string, unknown>;

export interface Overridden {
  /** The file's values with the overrides in their places. */
  readonly plain: unknown;
  /** The overrides alone, in a document of their own: they go before everything the file says. */
  readonly alone: Map;
  /** Dotted paths. */
  readonly paths: ReadonlySet<string>;
}

/** Applies `-e path=value`, in the order given. */
export function applyOverrides(plain: unknown, overrides: readonly string[], faults: Fault[]): Overridden {
  const alone: Map = {};
  const paths = new Set<string>();
  let result = plain;
  for (const written of overrides) {
    const equals = written.indexOf('=');
    // never more than the path is shown: the value may be a secret
    const dotted = (equals < 0 ? written.split(/\s/)[0]! : written.slice(0, equals)).trim();
    const report = (message: string, hint: string | null) =>
      faults.push({ code: 'bad_override', severity: 'error', message, hint, file: '-e', ...NOWHERE, path: dotted });
    if (equals <= 0 || dotted === '') {
      report(`\`-e ${dotted}\` has no value.`, 'Write -e path=value, for example -e services.prefill.gpu_util=0.9.');
      continue;
    }
    const path = splitPath(dotted);
    const known = follow(path);
    if ('unknown' in known) {
      const where = known.around.length === 0 ? 'the file' : `\`${known.around.join('.')}\``;
      const hint = known.suggestion ? `Did you mean \`${known.suggestion}\`?` : null;
      report(`\`-e ${dotted}\`: there is no key \`${known.unknown}\` in ${where}.`, hint);
      continue;
    }
    const numFaults = faults.length;
    const value = readValue(written.slice(equals + 1), '-e', known.field, path, faults);
    if (faults.slice(numFaults).some((fault) => fault.severity === 'error')) continue;
    result = set(result, path, value);
    set(alone, path, value);
    paths.add(dotted);
  }
  return { plain: result, alone, paths };
}

/** Keys are separated by dots; the dots of a `host 10.0.0.3` key are its own. */
export function splitPath(dotted: string): readonly string[] {
  return dotted.match(/host\s+[^.]+(\.\d+)*|[^.]+/g) ?? [];
}

function follow(
  path: readonly string[],
): { field: Field | undefined } | { unknown: string; around: string[]; suggestion: string | null } {
  let field: Field | undefined = ROOT;
  for (const [depth, key] of path.entries()) {
    if (isOpen(field) && !field?.items) return { field: undefined };
    const child: Field | undefined = field && childOf(field, key);
    if (!child || field?.items) {
      return {
        unknown: key,
        around: path.slice(0, depth),
        suggestion: suggest(key, Object.keys(field?.properties ?? {})),
      };
    }
    field = child;
  }
  return { field };
}

function set(root: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  const [key, ...rest] = path;
  const map: Map = isMap(root) ? root : {};
  const inner = set(Object.hasOwn(map, key!) ? map[key!] : undefined, rest, value);
  // a key of the user's may be `__proto__`: it is a key like any other, never our objects' prototype
  Object.defineProperty(map, key!, { value: inner, writable: true, enumerable: true, configurable: true });
  return map;
}
