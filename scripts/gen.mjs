// Generates what follows from the schemas, the fault codes, the commands and the imports: types, compiled validators,
// reference docs, the picture of the architecture.
// `--check` writes nothing and exits 1 when a file is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { compile } from 'json-schema-to-typescript';
import { architecturePicture } from './gen-architecture.mjs';
import { commandReference, loadCommands } from './gen-commands.mjs';
import { deploymentSchema, filesOfEngines, GENERATED_FROM } from './gen-deployment.mjs';
import { knownDialects } from './gen-dialects.mjs';
import { generateShapes, withoutDescriptionsBesideRefs, withoutDocs } from './gen-shapes.mjs';
import { vllmFlags } from './gen-vllm-flags.mjs';

/** Every generated file: path -> text. */
export async function generate() {
  const schema = deploymentSchema();
  return {
    'schemas/deployment.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'src/deployment/schema.gen.ts': await types(schema),
    'src/deployment/validator.gen.ts': validator(schema),
    'src/deployment/engineFaultCodes.gen.ts': await engineFaultType(),
    ...(await generateShapes()),
    'src/engines/omni/dialect/known.gen.ts': knownDialects(),
    'src/engines/vllm/flags/flags.gen.ts': vllmFlags(),
    'docs/reference/deployment.md': deploymentReference(schema),
    'docs/reference/faults.md': faultReference(await faultCodes()),
    'docs/reference/commands.md': commandReference(await loadCommands()),
    'docs/pictures/architecture.svg': architecturePicture(),
  };
}

async function types(schema) {
  const bannerComment = `// ${GENERATED_FROM}`;
  return await compile(withoutDescriptionsBesideRefs(schema), 'DeploymentFile', {
    bannerComment,
    additionalProperties: false,
    strictIndexSignatures: false,
    style: { singleQuote: true, printWidth: 120 },
  });
}

// compiling the schema takes longer than the whole of `validate` may, so the compiled code is kept
function validator(schema) {
  const ajv = new Ajv({
    strict: true,
    allowUnionTypes: true,
    allErrors: true,
    verbose: false,
    unicodeRegExp: true,
    inlineRefs: false,
    code: { source: true, esm: true },
  });
  const code = standaloneCode(
    ajv,
    ajv.compile(withoutDocs(schema, ['default', 'x-engines', 'x-expects', 'x-local', 'x-secret'])),
  ).replace(/export default \w+;/, '');
  return `// @ts-nocheck\n// ${GENERATED_FROM}\n${code}\n`;
}

async function faultCodes() {
  return Object.assign({}, await exportsOf('src/deployment/codes.ts'), ...(await engineFaultCodes()));
}

/** What the engines export from faultCodes.ts: codes and words. */
async function engineFaultCodes() {
  return await Promise.all(filesOfEngines('faultCodes.ts').map((file) => exportsOf(file)));
}

async function exportsOf(file) {
  const { outputFiles } = await build({ entryPoints: [file], bundle: true, format: 'esm', write: false });
  const module = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return Object.assign({}, ...Object.values(module));
}

/** The codes that engines add, as a type: no check of deployment/ imports an engine. */
async function engineFaultType() {
  const codes = Object.keys(Object.assign({}, ...(await engineFaultCodes()))).sort();
  return `// Generated from src/engines/*/faultCodes.ts by \`npm run gen\`: edit those instead.
export type EngineFaultCode =${codes.map((code) => `\n  | '${code}'`).join('')};
`;
}

function faultReference(codes) {
  const rows = Object.keys(codes)
    .sort()
    .map((code) => `## ${code}\n\n${codes[code]}\n`);
  return [
    '# Faults',
    '',
    '<!-- Generated from src/deployment/codes.ts and src/engines/*/faultCodes.ts by `npm run gen`: edit those instead. -->',
    '',
    'Every fault that `omniplace validate` can report, by its code, and what to do about it.',
    '',
    ...rows,
  ].join('\n');
}

function deploymentReference(schema) {
  const { definitions } = schema;
  const table = (node) => fieldTable(schema, node);
  return [
    '# The deployment file',
    '',
    `<!-- ${GENERATED_FROM} -->`,
    '',
    'An `omni_infer_deployment.yml` of omni_cli works unchanged. Numbers may be quoted; hosts and dies are lists, or text with commas.',
    'Local paths start at the folder of the file, and `~` is your home folder.',
    '',
    'What is given twice counts in this order, the last one wins: `services.prefill` and `services.decode`, `deployment.defaults`,',
    'the group, its `host <ip>` block, `-e path=value`.',
    '',
    '## deployment',
    '',
    ...table(schema.properties.deployment),
    '## deployment.defaults',
    '',
    `${definitions.defaults.description} The keys of a group, but \`hosts\`.`,
    '',
    '## deployment.prefill.groupN, deployment.decode.groupN',
    '',
    definitions.group.description,
    '',
    ...table(omit(definitions.group, Object.keys(definitions.roleSettings.properties))),
    '### host <ip>',
    '',
    `A block \`host 10.0.0.5: {..}\` inside a group. ${definitions.hostBlock.description} Not \`hosts\`.`,
    '',
    '## deployment.proxy',
    '',
    definitions.proxy.description,
    '',
    ...table(definitions.proxy),
    '## services',
    '',
    definitions.services.description,
    '',
    ...table(definitions.services),
    ...['model', 'container', 'ssh', 'ready'].flatMap((key) => [
      `## services.${key}`,
      '',
      definitions.services.properties[key].description,
      '',
      ...table(definitions.services.properties[key]),
    ]),
    '## services.prefill, services.decode',
    '',
    definitions.roleSettings.description,
    '',
    ...table(definitions.roleSettings),
    '## placement',
    '',
    `\`services.prefill.placement\`, \`services.decode.placement\` or a group's. ${definitions.placement.description}`,
    '',
    ...table(definitions.placement),
    '## Secrets',
    '',
    '`password` and `passphrase` name where the secret is: exactly one of these keys. It is read only by commands that touch hosts.',
    '',
    ...table(definitions.secret),
  ].join('\n');
}

function omit(node, keys) {
  const properties = Object.fromEntries(Object.entries(node.properties).filter(([key]) => !keys.includes(key)));
  return { ...node, properties };
}

function fieldTable(schema, node) {
  const rows = Object.entries(node.properties).map(([key, written]) => {
    const field = { ...deref(schema, written), ...written };
    const inline = (value) => `\`${JSON.stringify(value)}\``;
    const byDefault = node.required?.includes(key)
      ? '**required**'
      : field.default === undefined
        ? ''
        : inline(field.default);
    const example = field.examples?.map(inline).join(', ') ?? '';
    const only = field['x-engines'] ? `Engine ${field['x-engines'].join(', ')}: ` : '';
    return `| \`${key}\` | ${typeName(field)} | ${byDefault} | ${only}${field.description ?? ''} | ${example} |`;
  });
  return ['| key | type | default | what | for example |', '|---|---|---|---|---|', ...rows, ''];
}

function deref(schema, node) {
  if (!node.$ref) return node;
  return deref(schema, schema.definitions[node.$ref.replace('#/definitions/', '')]);
}

function typeName(field) {
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ');
  return (
    field['x-expects'] ?? (field.type === 'object' ? 'a map' : field.type === 'boolean' ? 'true or false' : 'text')
  );
}

async function main() {
  process.chdir(new URL('..', import.meta.url).pathname);
  const check = process.argv.includes('--check');
  for (const [path, text] of Object.entries(await generate())) {
    let before = '';
    try {
      before = readFileSync(path, 'utf8');
    } catch {}
    if (before === text) continue;
    if (check) {
      console.error(`${path} is stale: run npm run gen`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
