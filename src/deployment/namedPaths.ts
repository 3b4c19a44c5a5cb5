import { isMap } from '../files/maps.ts';
import { type LocalRoot, localPath } from './localPath.ts';
import { childOf, type Field, ROOT } from './schema.ts';

/** A local path where the file names it. */
export interface NamedPath {
  /** Dotted path in the document. */
  readonly at: string;
  readonly written: string;
  /** Absolute; may hold wildcards. */
  readonly path: string;
  /** `private key`, `wheel`... */
  readonly what: string;
}

/** Every local path that a deployment's values name, at its first mention. */
export function namedPaths(plain: unknown, root: LocalRoot): readonly NamedPath[] {
  const byPath = new Map<string, NamedPath>();
  for (const named of walk(plain, ROOT, [], root)) {
    if (!byPath.has(named.path)) byPath.set(named.path, named);
  }
  return [...byPath.values()];
}

function* walk(value: unknown, field: Field, path: readonly string[], root: LocalRoot): Generator<NamedPath> {
  const what = field['x-local'];
  if (typeof value === 'string' && what !== undefined) {
    yield { at: path.join('.'), written: value, path: localPath(value, root), what };
  }
  if (!isMap(value) && !Array.isArray(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const childField = childOf(field, key);
    if (childField) yield* walk(child, childField, [...path, key], root);
  }
}
