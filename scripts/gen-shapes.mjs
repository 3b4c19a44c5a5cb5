// Types and checks of the JSON that omniplace reads and writes, from the schemas of their shapes. A schema holds
// `definitions`; `x-shapes` names those that are read whole, each of which becomes a check.
import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';
import ts from 'typescript';

/** Schema -> the generated file, next to the module that reads such JSON. */
const SHAPES = {
  'additional-config': 'src/imports/additionalConfig.gen.ts',
  balance: 'src/balancing/balance.gen.ts',
  'cost-model': 'src/operations/session/costModel.gen.ts',
  docker: 'src/facts/docker.gen.ts',
  doctor: 'src/operations/doctor/doctor.gen.ts',
  'dump-manifest': 'src/operations/pattern/dumpManifest.gen.ts',
  facts: 'src/facts/facts.gen.ts',
  'kept-record': 'src/operations/generations/keptRecord.gen.ts',
  lab: 'src/lab/lab.gen.ts',
  'live-map': 'src/engines/omni/experts/liveMap.gen.ts',
  'model-config': 'src/engines/modelConfig.gen.ts',
  'omni-dialect': 'src/engines/omni/dialect/dialect.gen.ts',
  overlay: 'src/balancing/overlay.gen.ts',
  render: 'src/operations/render/render.gen.ts',
  state: 'src/state/state.gen.ts',
  'transfer-plan': 'src/placement/formats/transferPlan.gen.ts',
  transport: 'src/transport/transport.gen.ts',
  'watch-state': 'src/balancing/watchState.gen.ts',
};

const RUNTIME = 'src/files/parseJson.ts';

/** Every generated file: path -> text. */
export async function generateShapes() {
  const texts = Object.entries(SHAPES).map(async ([name, path]) => [path, await shapesFile(name, path)]);
  return Object.fromEntries(await Promise.all(texts));
}

async function shapesFile(name, path) {
  const source = `schemas/${name}.schema.json`;
  const schema = JSON.parse(readFileSync(source, 'utf8'));
  return `// @ts-nocheck
// Generated from ${source} by \`npm run gen\`: edit that instead.
${shapeType(path)}

${await readonlyTypes(schema)}
${checks(schema)}
`;
}

/** `placement` imports nothing outside itself: it gets the type, not its import. */
function shapeType(path) {
  if (path.startsWith('src/placement/'))
    return readFileSync(RUNTIME, 'utf8').match(/^export interface Shape.*?^}/ms)[0];
  const runtime = relative(dirname(path), RUNTIME);
  return `import type { Shape } from '${runtime}';`;
}

// json-schema-to-typescript starts from one type: it gets one that has all the others, which is left out of the answer
async function readonlyTypes({ definitions }) {
  const properties = Object.fromEntries(
    Object.keys(definitions).map((name) => [name, { $ref: `#/definitions/${name}` }]),
  );
  const root = { type: 'object', properties, definitions: withoutDescriptionsBesideRefs(definitions) };
  const text = await compile(root, 'AllShapes', {
    bannerComment: '',
    additionalProperties: false,
    strictIndexSignatures: false,
    style: { singleQuote: true, printWidth: 120 },
  });
  return asReadonly(text);
}

/** What is parsed is data: its properties and lists are readonly. */
function asReadonly(text) {
  const file = ts.createSourceFile('shapes.ts', text, ts.ScriptTarget.Latest, true);
  const edits = [];
  const visit = (node) => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'AllShapes') {
      edits.push([node.getFullStart(), node.getEnd(), '']);
      return;
    }
    const start = node.getStart(file);
    const isReadonly = ts.isTypeOperatorNode(node.parent ?? file) || node.modifiers?.length > 0;
    if (!isReadonly && (ts.isPropertySignature(node) || ts.isIndexSignatureDeclaration(node))) {
      edits.push([start, start, 'readonly ']);
    }
    if (!isReadonly && (ts.isArrayTypeNode(node) || ts.isTupleTypeNode(node))) {
      const isInner = ts.isArrayTypeNode(node.parent);
      edits.push([start, start, isInner ? '(readonly ' : 'readonly ']);
      if (isInner) edits.push([node.getEnd(), node.getEnd(), ')']);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  // the inner one of two at the same place comes first
  return edits
    .reverse()
    .sort(([a], [b]) => b - a)
    .reduce((all, [from, to, put]) => all.slice(0, from) + put + all.slice(to), text)
    .trim();
}

function checks({ definitions, 'x-shapes': shapes }) {
  const ajv = new Ajv({
    strict: true,
    allowUnionTypes: true,
    allErrors: true,
    // an error carries its part of the schema, which has the words for it
    verbose: true,
    messages: false,
    useDefaults: true,
    unicodeRegExp: true,
    inlineRefs: false,
    code: { source: true, esm: true },
  });
  ajv.addVocabulary(['x-expects']);
  ajv.addSchema({
    $id: 'shapes',
    definitions: withWords(withoutDocs({ definitions }, ['tsType']).definitions, definitions),
  });
  const validators = Object.fromEntries(shapes.map((name) => [`validate${name}`, `shapes#/definitions/${name}`]));
  const code = standaloneCode(ajv, validators)
    .replace(/^"use strict";/, '')
    .replaceAll(/\bexport const/g, 'const');
  const exported = shapes.map((name) => `export const ${name}Shape: Shape<${name}> = { validate: validate${name} };`);
  return `${code}\n${exported.join('\n')}`;
}

/** Every place of the schema with the words that complete "must be". */
function withWords(value, definitions, isMapOfFields = true) {
  if (Array.isArray(value)) return value.map((item) => withWords(item, definitions, false));
  if (value === null || typeof value !== 'object') return value;
  const inner = Object.entries(value).map(([key, child]) => [
    key,
    SUBSCHEMAS.has(key) || isMapOfFields
      ? withWords(child, definitions, !isMapOfFields && MAPS_OF_FIELDS.has(key))
      : child,
  ]);
  return Object.fromEntries(isMapOfFields ? inner : [...inner, ['x-expects', wordsOf(value, definitions)]]);
}

/** That a value may be null as well is left out. */
function wordsOf(node, definitions) {
  if (node['x-expects'] !== undefined) return node['x-expects'];
  if (node.$ref !== undefined) return wordsOf(definitions[node.$ref.replace('#/definitions/', '')], definitions);
  if (node.anyOf !== undefined) return wordsOf(node.anyOf[0], definitions);
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.filter((word) => word !== null).join(', ');
  const [type] = [node.type ?? []].flat().filter((each) => each !== 'null');
  return TYPE_WORDS[type] ?? null;
}

const TYPE_WORDS = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

// json-schema-to-typescript makes a new type of a $ref with siblings; the plain $ref keeps one type per definition
export function withoutDescriptionsBesideRefs(value) {
  if (Array.isArray(value)) return value.map(withoutDescriptionsBesideRefs);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$ref === 'string') {
    return value.description ? { description: value.description, allOf: [{ $ref: value.$ref }] } : { $ref: value.$ref };
  }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutDescriptionsBesideRefs(child)]));
}

/** The schema without what only people and editors read. @param more keywords to leave out */
export function withoutDocs(schema, more = []) {
  const dropped = new Set([...DOC_KEYWORDS, ...more]);
  const walk = (value, isMapOfFields) => {
    if (Array.isArray(value)) return value.map((item) => walk(item, false));
    if (value === null || typeof value !== 'object') return value;
    const kept = Object.entries(value).filter(([key]) => isMapOfFields || !dropped.has(key));
    return Object.fromEntries(
      kept.map(([key, child]) => [key, walk(child, !isMapOfFields && MAPS_OF_FIELDS.has(key))]),
    );
  };
  return walk(schema, false);
}

const DOC_KEYWORDS = ['title', 'description', 'examples'];
const MAPS_OF_FIELDS = new Set(['properties', 'patternProperties', 'definitions']);
const SUBSCHEMAS = new Set([
  ...MAPS_OF_FIELDS,
  'items',
  'additionalProperties',
  'anyOf',
  'allOf',
  'if',
  'then',
  'else',
]);
