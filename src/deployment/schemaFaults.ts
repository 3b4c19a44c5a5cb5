import type { ErrorObject } from 'ajv';
import type { FaultCode } from './codes.ts';
import { engineOfFile, type Field, fieldAt, keysFor, placesOf, ROOT, typesOf } from './schema.ts';
import { suggest } from './suggest.ts';
import { validate as compiled } from './validator.gen.ts';

/** A file with more is not a deployment, and finding the places of all of them would take long. */
const MAX_ERRORS = 200;

const SECRET_KEY = /^(password|passphrase)$/;

/** A fault without its place in the file. */
export interface SchemaFault {
  readonly code: FaultCode;
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string | null;
  /** The key that was most likely meant by an unknown one: its absence is no second mistake. */
  readonly meant?: readonly string[];
}

const validate = compiled as { (data: unknown): boolean; errors?: ErrorObject[] | null };

/** What the schema has against the values, one fault for each mistake. */
export function schemaFaults(plain: unknown): readonly SchemaFault[] {
  if (validate(plain)) return [];
  const errors = (validate.errors ?? []).slice(0, MAX_ERRORS);
  const unknown = errors.filter((error) => error.keyword === 'additionalProperties');
  const faults = [...unknownKeys(unknown, plain)];
  const seen = new Set(faults.flatMap(({ path, meant }) => [path.join('\n'), ...(meant ? [meant.join('\n')] : [])]));
  // a value of the wrong type is not out of range too
  for (const error of errors.sort((a, b) => Number(b.keyword === 'type') - Number(a.keyword === 'type'))) {
    const fault = translate(error, plain);
    if (!fault || seen.has(fault.path.join('\n'))) continue;
    seen.add(fault.path.join('\n'));
    faults.push(fault);
  }
  return faults;
}

function* unknownKeys(errors: readonly ErrorObject[], plain: unknown): Generator<SchemaFault> {
  const strayGroups = new Set<string>();
  const engine = engineOfFile(plain);
  for (const error of errors) {
    const around = pathOf(error);
    const key = String(error.params.additionalProperty);
    const path = [...around, key];
    const field = fieldAt(around) ?? ROOT;
    const isGroups =
      around.length === 2 && around[0] === 'deployment' && ['prefill', 'decode', 'mixed'].includes(around[1]!);
    if (isGroups && key in (fieldAt([...around, 'group1'])?.properties ?? {})) {
      // the keys of one group, written a level too high: one mistake
      if (strayGroups.has(error.instancePath)) continue;
      strayGroups.add(error.instancePath);
      const hint = `Write \`${around[1]}: {group1: {${key}: ..}}\`.`;
      yield {
        code: 'unknown_key',
        path,
        message: `\`${key}\` stands in \`${around.join('.')}\` outside of any group.`,
        hint,
      };
      continue;
    }
    const siblings = valueAt(plain, around) as Record<string, unknown>;
    const there = suggest(
      key,
      keysFor(field, engine).filter((name) => name in siblings),
    );
    const known = isGroups ? ['group1'] : keysFor(field, engine).filter((name) => !(name in siblings));
    const suggestion = suggest(key, known);
    const message = `Unknown key \`${key}\`${around.length === 0 ? '' : ` in \`${around.join('.')}\``}.`;
    const places = placesOf(key);
    if (!suggestion && around.some((name) => SECRET_KEY.test(name))) {
      // the "key" may be the secret itself, written as `password: {..}`
      const hint = `Known here: ${known.join(', ')}.`;
      yield { code: 'unknown_key', path: around, message: `Unknown key in \`${around.join('.')}\`.`, hint };
      continue;
    }
    if (suggestion) {
      const hint = isGroups ? 'Groups are called group1, group2 and so on.' : `Did you mean \`${suggestion}\`?`;
      yield { code: 'unknown_key', path, message, hint, meant: [...around, suggestion] };
    } else if (there && !isGroups) {
      yield { code: 'unknown_key', path, message, hint: `\`${there}\` is there already: remove this one.` };
    } else if (places.length > 0) {
      yield { code: 'unknown_key', path, message, hint: `\`${key}\` belongs in ${places.join(', or ')}.` };
    } else {
      const hint = isGroups ? 'Groups are called group1, group2 and so on.' : `Known here: ${known.join(', ')}.`;
      yield { code: 'unknown_key', path, message, hint };
    }
  }
}

function translate(error: ErrorObject, plain: unknown): SchemaFault | null {
  if (error.keyword === 'additionalProperties') return null;
  const path = pathOf(error);
  const key = path.at(-1) ?? 'the file';
  const name = /^\d+$/.test(key) ? path.slice(-2).join('.') : key;
  const field = fieldAt(path) ?? ROOT;
  const shown = show(valueAt(plain, path), path);
  const expects = expectation(field);
  switch (error.keyword) {
    case 'required':
      return missingKey([...path, String(error.params.missingProperty)]);
    case 'type': {
      const hint = shown === 'empty' ? 'Give it a value, or remove the key.' : null;
      return { code: 'wrong_type', path, message: `\`${name}\` must be ${expects}; it is ${shown}.`, hint };
    }
    case 'minimum':
    case 'maximum':
      return { code: 'out_of_range', path, message: `\`${name}\` must be ${expects}; it is ${shown}.`, hint: null };
    case 'enum': {
      const suggestion = suggest(String(valueAt(plain, path)), (field.enum ?? []).map(String));
      const hint = suggestion ? `Did you mean \`${suggestion}\`?` : null;
      return { code: 'bad_value', path, message: `\`${name}\` must be ${expects}; it is ${shown}.`, hint };
    }
    case 'pattern':
      if (error.propertyName !== undefined) return null;
      return {
        code: isNumeric(field) ? 'wrong_type' : 'bad_value',
        path,
        message: `\`${name}\` must be ${expects}; it is ${shown}.`,
        hint: null,
      };
    case 'propertyNames': {
      const child = String(error.params.propertyName);
      const message = `\`${child}\` is not the name of an environment variable.`;
      return {
        code: 'bad_value',
        path: [...path, child],
        message,
        hint: 'Letters, digits and _ only, no digit first.',
      };
    }
    default:
      return { code: 'bad_value', path, message: `\`${name}\` must be ${expects}; it is ${shown}.`, hint: null };
  }
}

/** A key that must be there and is not. */
export function missingKey(path: readonly string[]): SchemaFault {
  const around = path.slice(0, -1);
  const where = around.length === 0 ? 'the file' : `\`${around.join('.')}\``;
  const description = fieldAt(path)?.description;
  return {
    code: 'missing_key',
    path,
    message: `\`${path.at(-1)}\` is missing in ${where}.`,
    hint: description ? `Add it: ${decapitalise(description)}` : 'Add it.',
  };
}

/** Completes "must be". */
function expectation(field: Field): string {
  if (field.enum) {
    const words = field.enum.map((value) => `\`${value}\``);
    return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  }
  if (field['x-expects']) return field['x-expects'];
  const words: Record<string, string> = { object: 'a map', array: 'a list', boolean: 'true or false', string: 'text' };
  return typesOf(field)
    .map((type) => words[type] ?? type)
    .join(' or ');
}

/** The value as a message may show it: never a secret, never long. */
function show(value: unknown, path: readonly string[]): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  if (path.some((key) => SECRET_KEY.test(key))) return 'something else';
  if (value === '') return 'empty text';
  const text = String(value).replaceAll(/[\n\r\t]/g, ' ');
  return `\`${text.length > 60 ? `${text.slice(0, 57)}...` : text}\``;
}

function isNumeric(field: Field): boolean {
  return typesOf(field).some((type) => type === 'integer' || type === 'number');
}

function decapitalise(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

function pathOf(error: ErrorObject): string[] {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], root);
}
