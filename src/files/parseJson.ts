const SHOWN_CHARACTERS = 40; // of a value in a message: enough to find it by

/** Their branches report what is wrong. */
const COMBINING = new Set([
  'if',
  'anyOf',
  'oneOf',
  'allOf',
]); /** A shape of JSON, generated from a schema (`npm run gen`). */
export interface Shape<T> {
  readonly validate: {
    (value: unknown): boolean;
    /** As ajv reports them. */
    errors?:
      | readonly {
          readonly keyword: string;
          readonly instancePath: string;
          readonly params: Readonly<Record<string, string | undefined>>;
          /** The part of the schema that has the keyword. */
          readonly parentSchema: SchemaPart;
          readonly data: unknown;
        }[]
      | null;
  };
  /** Nothing has it: it carries the type. */
  readonly type?: T;
}

interface SchemaPart {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  /** What belongs there, in words that complete "must be". */
  readonly 'x-expects'?: string;
}

/** One place where a value is not of its shape. */
export interface ShapeFault {
  /** Keys and indices from the document down; empty: the document. */
  readonly keys: readonly string[];
  /** The same in one word: `hosts[0].name` */
  readonly path: string;
  /** Completes "must be"; null: the shape has no such key. */
  readonly expected: string | null;
  /** Undefined: missing. */
  readonly value: unknown;
}

/** A text is not JSON, or its JSON is not of the shape. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  /** Empty: it is not JSON. */
  readonly faults: readonly ShapeFault[];

  constructor(faults: readonly ShapeFault[], cause?: unknown) {
    super(faults.length === 0 ? 'not JSON' : faults.map(faultText).join('; '), { cause });
    this.faults = faults;
  }
}

/** @throws ShapeError with every fault */
export function parseJson<T>(text: string, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ShapeError([], cause);
  }
  return ofShape(value, shape);
}

/** @throws ShapeError with every fault */
export function ofShape<T>(value: unknown, shape: Shape<T>): T {
  if (shape.validate(value)) return value as T;
  throw new ShapeError(faultsOf(value, shape));
}

/**
 * For what others write: parts of another shape are as if they were not there, and a list with such a part is one itself.
 * Null: it is not JSON, or a part is missing that must be there.
 */
export function parseLoosely<T>(text: string | null | undefined, shape: Shape<T>): T | null {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return null;
  }
  if (shape.validate(value)) return value as T;
  for (const { instancePath } of shape.validate.errors ?? []) drop(value, keysOf(instancePath));
  return shape.validate(value) ? (value as T) : null;
}

/** `hosts[0].name must be text; it is 7` */
export function faultText({ path, expected, value }: ShapeFault): string {
  if (expected === null) return `${path} is unknown`;
  const found = value === undefined ? 'missing' : (JSON.stringify(value) ?? '').slice(0, SHOWN_CHARACTERS);
  return `${path === '' ? 'the document' : path} must be ${expected}; it is ${found}`;
}

function drop(root: unknown, keys: readonly string[]): void {
  let around = children(root);
  for (const [at, key] of keys.entries()) {
    // an earlier fault may have taken it away
    if (around === null || !Object.hasOwn(around, key)) return;
    if (at === keys.length - 1 || Array.isArray(around[key])) delete around[key];
    else around = children(around[key]);
  }
}

function faultsOf<T>(root: unknown, { validate }: Shape<T>): readonly ShapeFault[] {
  const faults = new Map<string, ShapeFault>();
  for (const { keyword, params, instancePath, parentSchema, data } of validate.errors ?? []) {
    if (COMBINING.has(keyword) || parentSchema.type === 'null') continue;
    const { missingProperty: missing, additionalProperty: unknown } = params;
    const inner = missing ?? unknown;
    const keys = [...keysOf(instancePath), ...(inner === undefined ? [] : [inner])];
    const path = pathText(root, keys);
    const place = missing === undefined ? parentSchema : parentSchema.properties?.[missing];
    const expected = unknown === undefined ? String(place?.['x-expects']) : null;
    if (!faults.has(path)) faults.set(path, { keys, path, expected, value: missing === undefined ? data : undefined });
  }
  return [...faults.values()];
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pathText(root: unknown, keys: readonly string[]): string {
  let path = '';
  let around = root;
  for (const key of keys) {
    path += Array.isArray(around) ? `[${key}]` : `${path === '' ? '' : '.'}${key}`;
    around = children(around)?.[key];
  }
  return path;
}

function children(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
