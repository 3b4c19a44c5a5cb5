// The schema of the deployment file: what all engines share (schemas/parts/core.schema.json), and what each engine adds to it
// (src/engines/<engine>/settings.schema.json).
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const CORE = 'schemas/parts/core.schema.json';
const ENGINES = 'src/engines';
const ACCELERATORS = 'src/accelerators';
const SPREAD = '...'; // before the name of a set of properties, or of a list that engines have

/** First line of what is generated from it. */
export const GENERATED_FROM = `Generated from ${CORE} and ${ENGINES}/*/settings.schema.json by \`npm run gen\`: edit those instead.`;

/** The schema that is published. */
export function deploymentSchema() {
  return unite(readCore(), partsOfEngines(), acceleratorNames());
}

export function readCore() {
  return read(CORE);
}

/** Core and engines as one schema; `engines` by name. */
export function unite(core, engines, accelerators = []) {
  const { $comment: _, sets, ...schema } = structuredClone(core);
  const { definitions } = schema;
  const parts = Object.entries(engines);
  for (const [engine, part] of parts) {
    for (const place of ['services', 'roleSettings', 'proxy'])
      insert(definitions[place].properties, part[place] ?? {}, engine, place);
    for (const [role, values] of Object.entries(part.roleDefaults ?? {}))
      Object.assign(definitions.services.properties[role].default, values);
    for (const [path, added] of Object.entries(part.additions ?? {})) add(at(schema, path), added);
    for (const [name, definition] of Object.entries(part.definitions ?? {}))
      addOnce(definitions, name, definition, `${engine}: definitions`);
  }
  const lists = { engines: parts.map(([engine]) => engine), accelerators };
  for (const [, part] of parts)
    for (const [name, entries] of Object.entries(part.lists ?? {}))
      lists[name] = [...new Set([...(lists[name] ?? []), ...entries])];
  return {
    $comment: GENERATED_FROM,
    ...spread(schema, { ...sets, roleSettings: definitions.roleSettings.properties }, lists),
  };
}

export function partsOfEngines() {
  return Object.fromEntries(filesOfEngines('settings.schema.json').map((file) => [file.split('/').at(-2), read(file)]));
}

/** Path of a file in the folder of every engine that has it. */
export function filesOfEngines(name) {
  const files = readdirSync(ENGINES)
    .sort()
    .map((engine) => `${ENGINES}/${engine}/${name}`);
  return files.filter((file) => existsSync(file));
}

export function acceleratorNames() {
  const entries = readdirSync(ACCELERATORS, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Each key behind the one that its `x-after` names: faults and the reference list keys in this order. */
function insert(properties, added, engine, place) {
  const where = `${engine}: ${place}`;
  for (const [key, { 'x-after': after, ...written }] of Object.entries(added)) {
    const before = properties[key]?.['x-engines'] ?? [];
    const field = { ...written, 'x-engines': [...before, engine] };
    if (Object.hasOwn(properties, key)) {
      addOnce(properties, key, { ...written, 'x-engines': before }, where);
      properties[key] = field;
      continue;
    }
    if (!Object.hasOwn(properties, after)) throw new Error(`${where}.${key}: there is no key '${after}' to be behind`);
    const entries = Object.entries(properties);
    for (const name of Object.keys(properties)) delete properties[name];
    for (const [name, value] of entries) {
      properties[name] = value;
      if (name === after) properties[key] = field;
    }
  }
}

/** Engines may have the same key, but then it is the same in all of them. */
function addOnce(map, key, value, where) {
  if (Object.hasOwn(map, key) && JSON.stringify(map[key]) !== JSON.stringify(value))
    throw new Error(`${where}.${key}: another engine, or the core, has another key of this name`);
  map[key] = value;
}

/** What is at a path of keys of the deployment file. */
function at(schema, path) {
  let field = schema;
  for (const key of path.split('.')) {
    const around = field.$ref ? schema.definitions[field.$ref.split('/').at(-1)] : field;
    field = around.properties?.[key];
    if (!field) throw new Error(`additions: there is no key ${path}`);
  }
  return field;
}

/** Text is appended to text, lists to lists. */
function add(field, added) {
  for (const [key, value] of Object.entries(added)) {
    const before = field[key];
    field[key] = Array.isArray(value)
      ? [...(before ?? []), ...value]
      : before === undefined
        ? value
        : `${before} ${value}`;
  }
}

/** Replaces `...name`: in properties by those of the set, with its value added to each; in a list by the engines' entries. */
function spread(node, sets, lists) {
  if (Array.isArray(node)) {
    return node.flatMap((entry) => {
      const name = spreadName(entry);
      return name === null ? [spread(entry, sets, lists)] : (lists[name] ?? []);
    });
  }
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      const name = spreadName(key);
      if (name === null) return [[key, spread(value, sets, lists)]];
      return Object.entries(structuredClone(sets[name])).map(([field, own]) => {
        add(own, value);
        return [field, own];
      });
    }),
  );
}

function spreadName(word) {
  return typeof word === 'string' && word.startsWith(SPREAD) ? word.slice(SPREAD.length) : null;
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
