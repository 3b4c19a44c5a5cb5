// The reference of the commands, from what oclif itself knows of them.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { TEXT_FILES } from './text-modules.mjs';

const FOLDER = 'src/commands';
const PLACEHOLDER = /<%= config\.bin %>/g;

const EXIT_WORDS = {
  done: 'Done. Of `status`: serving.',
  usage: 'Bad usage, a bad deployment or a bad input file. Nothing was touched.',
  stepFailed: 'A step failed.',
  unreachable: 'Only unreachable hosts failed. Of `status`: no host can be reached.',
  locked: 'Another run holds the lock of this cluster.',
  notServing: 'Deployed, but no token came through. Of `status`: not serving.',
  rolledBack: 'What was applied did not serve, and the generation before it is back.',
  rollbackFailed: 'What was applied did not serve, and neither could the generation before it be brought back.',
  bug: 'A bug of omniplace. The stack stands on stderr.',
  interrupted: 'Interrupted by Ctrl-C or a signal.',
};

/**
 * Every command by its words (`pattern build`), as its class states it, and the exit codes by name.
 * Built from the source into a folder of its own, so that it is right while `dist/` is absent or old.
 */
export async function loadCommands() {
  const files = readdirSync(FOLDER, { recursive: true })
    .map((name) => join(FOLDER, name))
    .filter((file) => file.endsWith('.ts') && statSync(file).isFile())
    .sort();
  const folder = `node_modules/.cache/omniplace-gen-${process.pid}-${Date.now()}`;
  mkdirSync(folder, { recursive: true });
  try {
    await build({
      entryPoints: [...files, 'src/errors/exitCodes.ts'],
      outdir: folder,
      outbase: 'src',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      packages: 'external',
      plugins: [WITHOUT_THE_WORK],
      format: 'esm',
      platform: 'node',
      loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text'])),
    });
    const load = (file) =>
      import(pathToFileURL(join(folder, file.replace(/^src\//, '').replace(/\.ts$/, '.mjs'))).href);
    const commands = {};
    for (const file of files) commands[wordsOf(file)] = await described((await load(file)).default);
    return { commands, exits: (await load('src/errors/exitCodes.ts')).EXIT };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a command does it imports when it runs; what it says of itself is known before. */
const WITHOUT_THE_WORK = {
  name: 'without-the-work',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined));
  },
};

function wordsOf(file) {
  const relative = file.slice(FOLDER.length + 1).replace(/\.ts$/, '');
  return (relative.endsWith('/index') ? dirname(relative) : relative).replaceAll('/', ' ');
}

/** The default as the manifest has it, from which oclif writes the help. */
async function shownDefault({ noCacheDefault, default: value }) {
  if (noCacheDefault) return undefined;
  return typeof value === 'function' ? await value({ options: {}, flags: {} }) : value;
}

async function described(command) {
  const flags = {};
  for (const [name, flag] of Object.entries({ ...command.baseFlags, ...command.flags })) {
    if (flag.hidden) continue;
    flags[name] = { ...flag, default: await shownDefault(flag) };
  }
  const { summary = '', description = '', examples = [], args = {}, aliases = [], usage } = command;
  return {
    summary,
    description,
    examples,
    args,
    flags,
    aliases,
    usage,
    strict: command.strict,
    json: command.enableJsonFlag,
  };
}

export function commandReference({ commands, exits }) {
  const names = Object.keys(commands).sort();
  const withoutJson = names.filter((name) => !commands[name].json);
  return [
    '# Commands',
    '',
    '<!-- Generated from src/commands by `npm run gen`: edit that instead. -->',
    '',
    'The answer is on stdout, the talk on stderr. `--help` explains each command here as well.',
    `\`--json\` prints one document on stdout and nothing else${withoutJson.length === 0 ? '' : ` (not of ${withoutJson.map((name) => `\`${name}\``).join(', ')})`}.`,
    '',
    '| command | does |',
    '|---|---|',
    ...names.map((name) => `| [\`${name}\`](#${name.replaceAll(' ', '-')}) | ${text(commands[name].summary)} |`),
    '',
    '## Exit codes',
    '',
    '| code | means |',
    '|---|---|',
    ...Object.entries(exits).map(([name, code]) => `| ${code} | ${exitWords(name)} |`),
    '',
    ...names.flatMap((name) => section(name, commands[name])),
  ].join('\n');
}

function exitWords(name) {
  const words = EXIT_WORDS[name];
  if (words === undefined) throw new Error(`scripts/gen-commands.mjs has no words for the exit code ${name}`);
  return words;
}

function section(name, command) {
  const { summary, description, args, flags, aliases, examples } = command;
  const argRows = Object.entries(args).map(
    ([arg, { description: what = '', required, options }]) =>
      `| \`${arg}\` | ${required ? '**required**' : ''} | ${text(sentence(what))}${oneOf(options)} |`,
  );
  const flagRows = Object.entries(flags).map(flagRow);
  return [
    `## ${name}`,
    '',
    text(summary),
    '',
    ...fenced([usageOf(name, command)]),
    ...(description === '' ? [] : [...paragraphs(description), '']),
    ...(aliases.length === 0
      ? []
      : [`Also: ${aliases.map((alias) => `\`${alias.replaceAll(':', ' ')}\``).join(', ')}.`, '']),
    ...(argRows.length === 0 ? [] : ['| argument | | what |', '|---|---|---|', ...argRows, '']),
    ...(flagRows.length === 0 ? [] : ['| flag | default | what |', '|---|---|---|', ...flagRows, '']),
    ...(examples.length === 0 ? [] : fenced(examples.flatMap(exampleLines))),
  ];
}

function usageOf(name, { usage, args, strict, flags }) {
  if (usage !== undefined) {
    const line = [usage].flat()[0].replace(PLACEHOLDER, '').trim();
    return `omniplace ${line.endsWith('[FLAGS]') ? line : `${line} [FLAGS]`}`;
  }
  const words = Object.entries(args).map(([arg, { required }], index, all) => {
    const word = `${arg.toUpperCase()}${!strict && index === all.length - 1 ? '...' : ''}`;
    return required ? word : `[${word}]`;
  });
  const needed = Object.entries(flags).flatMap(([flag, { required, helpValue }]) =>
    required ? [`--${flag} ${helpValue ?? 'VALUE'}`] : [],
  );
  const rest = Object.keys(flags).length > needed.length ? ['[FLAGS]'] : [];
  return ['omniplace', name, ...words, ...needed, ...rest].join(' ');
}

function flagRow([name, flag]) {
  const forms = [
    ...(flag.char ? [`-${flag.char}`] : []),
    `--${flag.allowNo ? '[no-]' : ''}${name}`,
    ...(flag.aliases ?? []).map((alias) => `--${alias}`),
  ];
  const value = flag.type === 'boolean' ? '' : ` ${flag.helpValue ?? (flag.options ? 'WORD' : 'VALUE')}`;
  const shown = forms.map((form, index) => `\`${form}${index === forms.length - 1 ? value : ''}\``).join(', ');
  const byDefault = flag.required ? '**required**' : flag.default === undefined ? '' : code(flag.default);
  const notes = [
    ...(flag.multiple ? ['May be given several times.'] : []),
    ...(flag.dependsOn ?? []).map((other) => `Only with \`--${other}\`.`),
    ...(flag.exclusive ?? []).map((other) => `Not with \`--${other}\`.`),
    ...(flag.env ? [`Also from \`${flag.env}\` of the environment.`] : []),
  ];
  const what = text(flag.summary ?? flag.description ?? '');
  return `| ${shown.replaceAll('|', '\\|')} | ${byDefault} | ${[sentence(what) + oneOf(flag.options), ...notes].join(' ')} |`;
}

function oneOf(options) {
  return options ? ` One of ${options.map(code).join(', ')}.` : '';
}

function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function exampleLines(example) {
  const lines =
    typeof example === 'string'
      ? [example]
      : [...(example.description ? [`# ${example.description}`] : []), example.command];
  return lines.join('\n').replace(PLACEHOLDER, 'omniplace').split('\n');
}

function fenced(lines) {
  return ['```', ...lines, '```', ''];
}

/** Lists in columns stay in columns. */
function paragraphs(description) {
  const lines = description.split('\n');
  const inColumns = (line) => line !== undefined && /^\S+ {2,}\S/.test(line);
  return lines.flatMap((line, index) => {
    if (!inColumns(line)) return [text(line)];
    return [
      ...(inColumns(lines[index - 1]) ? [] : ['', '```']),
      line,
      ...(inColumns(lines[index + 1]) ? [] : ['```', '']),
    ];
  });
}

/** Commands write their summaries with and without a capital and a full stop. */
function sentence(words) {
  const begun = words.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return begun === '' || /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}

/** Plain words for markdown; what stands in backticks stays as it is. */
function text(words) {
  return words
    .replace(PLACEHOLDER, 'omniplace')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part.replaceAll('|', '\\|') : part.replace(/[<*|]/g, '\\$&')))
    .join('');
}
