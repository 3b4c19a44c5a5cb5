import schema from '../../schemas/deployment.schema.json';

const PLACES: readonly (readonly [string, readonly string[]])[] = [
  ['deployment', ['deployment']],
  ['deployment.defaults', ['deployment', 'defaults']],
  ['a group of deployment.prefill, deployment.decode or deployment.mixed', ['deployment', 'prefill', 'group1']],
  ['deployment.proxy', ['deployment', 'proxy']],
  ['services', ['services']],
  ['services.model', ['services', 'model']],
  ['services.container', ['services', 'container']],
  ['services.ssh', ['services', 'ssh']],
  ['services.ready', ['services', 'ready']],
  ['services.prefill, services.decode or services.mixed', ['services', 'prefill']],
  ['services.prefill.placement, services.decode.placement', ['services', 'prefill', 'placement']],
];

const REGEXES = new Map<string, RegExp>();

/** One place of the deployment schema: what may stand there. */
export interface Field {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly patternProperties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: boolean | Field;
  readonly items?: Field;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What belongs there, in words that complete "must be". */
  readonly 'x-expects'?: string;
  readonly 'x-secret'?: boolean;
  /** Engines that read the key; absent: all do. */
  readonly 'x-engines'?: readonly string[];
  /** A local path stands there; what it leads to. */
  readonly 'x-local'?: string;
}

export const ROOT = schema as unknown as Field;
const DEFINITIONS = schema.definitions as unknown as Record<string, Field>;

/** What may stand at a path; undefined where the schema knows no such place or leaves it open. */
export function fieldAt(path: readonly string[]): Field | undefined {
  return path.reduce<Field | undefined>((field, key) => field && childOf(field, key), ROOT);
}

/** What may stand under a key (or list index) of a place. */
export function childOf(field: Field, key: string): Field | undefined {
  if (field.properties && Object.hasOwn(field.properties, key)) return deref(field.properties[key]!);
  for (const [pattern, child] of Object.entries(field.patternProperties ?? {})) {
    if (regexOf(pattern).test(key)) return deref(child);
  }
  if (typeof field.additionalProperties === 'object') return deref(field.additionalProperties);
  if (field.items && /^\d+$/.test(key)) return deref(field.items);
  return undefined;
}

/** True where any key or value may stand: the engine's own JSON, `x-` places. */
export function isOpen(field: Field | undefined): boolean {
  if (field === undefined || field.properties !== undefined || field.additionalProperties === false) return false;
  const types = typesOf(field);
  return types.length === 0 || types.includes('object');
}

export function typesOf(field: Field | undefined): readonly string[] {
  if (field?.type === undefined) return [];
  return typeof field.type === 'string' ? [field.type] : field.type;
}

/** The keys of a place that an engine reads. */
export function keysFor(field: Field, engine: string): readonly string[] {
  const fields = Object.entries(field.properties ?? {});
  return fields.filter(([, { 'x-engines': engines }]) => engines?.includes(engine) !== false).map(([key]) => key);
}

/** The engine that a file names; without one, or with another value, the default. */
export function engineOfFile(plain: unknown): string {
  const services = (plain as { readonly services?: { readonly engine?: unknown } } | null)?.services;
  const field = fieldAt(['services', 'engine'])!;
  const named = services?.engine;
  return typeof named === 'string' && field.enum?.includes(named) ? named : String(field.default);
}

/** The default of every key of a map that has one. */
export function defaultsOf(path: readonly string[]): Record<string, unknown> {
  const fields = Object.entries(fieldAt(path)?.properties ?? {});
  return Object.fromEntries(
    fields.map(([key, field]) => [key, deref(field).default] as const).filter(([, value]) => value !== undefined),
  );
}

/** The keys of a place under which only a map may stand. */
export function mapsAt(path: readonly string[]): readonly string[] {
  const fields = Object.entries(fieldAt(path)?.properties ?? {});
  return fields.filter(([, field]) => deref(field).type === 'object').map(([key]) => key);
}

/** Places (dotted, without group names) where a key is known: to say where a misplaced key belongs. */
export function placesOf(key: string): readonly string[] {
  return PLACES.filter(([, path]) => {
    const field = fieldAt(path);
    return field?.properties !== undefined && Object.hasOwn(field.properties, key);
  }).map(([name]) => name);
}

function regexOf(pattern: string): RegExp {
  const regex = REGEXES.get(pattern) ?? new RegExp(pattern, 'u');
  REGEXES.set(pattern, regex);
  return regex;
}

function deref(field: Field): Field {
  if (field.$ref === undefined) return field;
  const target = deref(DEFINITIONS[field.$ref.replace('#/definitions/', '')]!);
  const { $ref: _, ...siblings } = field;
  return { ...target, ...siblings };
}
