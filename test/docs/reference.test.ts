import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import schema from '../../schemas/deployment.schema.json';
import { FAULT_CODES } from '../../src/deployment/codes.ts';
import { OMNI_FAULT_CODES } from '../../src/engines/omni/faultCodes.ts';
import { EXIT } from '../../src/errors/exitCodes.ts';
import { ASKED_FOR_TAGS, TAGS } from '../../src/plan/tags.ts';
import { everyCommand, type ShownCommand } from './commands.ts';

let commands: ReadonlyMap<string, ShownCommand>;

beforeAll(async () => {
  commands = await everyCommand();
});

describe('the reference of the commands', () => {
  it('is what npm run gen writes', async () => {
    const { commandReference } = await import('../../scripts/gen-commands.mjs');
    const fresh = commandReference({ commands: Object.fromEntries(commands), exits: EXIT });
    expect(
      readFileSync('docs/reference/commands.md', 'utf8') === fresh,
      'docs/reference/commands.md is stale: run npm run gen',
    ).toBe(true);
  });

  it('has a section for every file of src/commands', () => {
    const files = readdirSync('src/commands', { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.ts$/.test(name),
    );
    const names = files.map((name) => name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ' ')).sort();
    expect([...commands.keys()].sort()).toEqual(names);
    expect([...sectionsOf('docs/reference/commands.md').keys()]).toEqual(['Exit codes', ...names]);
  });

  it('names every argument and every flag, with its other forms', () => {
    const sections = sectionsOf('docs/reference/commands.md');
    const missing: string[] = [];
    for (const [name, { args, flags }] of commands) {
      const section = sections.get(name) ?? '';
      for (const arg of Object.keys(args)) if (!section.includes(`| \`${arg}\` |`)) missing.push(`${name} ${arg}`);
      for (const [flag, { char, aliases = [] }] of Object.entries(flags)) {
        const forms = [`--${flag}`, ...(char ? [`-${char}`] : []), ...aliases.map((alias) => `--${alias}`)];
        const row = rowOf(section, forms[0]!);
        missing.push(...forms.filter((form) => !wordsOf(row).includes(form)).map((form) => `${name} ${form}`));
      }
    }
    expect(missing).toEqual([]);
  });

  it('says of every command and every flag what it is for', () => {
    const mute: string[] = [];
    for (const [name, { summary, flags }] of commands) {
      if (summary === '') mute.push(name);
      for (const [flag, words] of Object.entries(flags)) {
        if (!words.description && !words.summary) mute.push(`${name} --${flag}`);
      }
    }
    expect(mute).toEqual([]);
  });

  it('has no empty default', () => {
    const empty = [...commands].flatMap(([name, { flags }]) =>
      Object.entries(flags).flatMap(([flag, { default: value }]) =>
        `${value ?? 'none'}` === '' ? [`${name} --${flag}`] : [],
      ),
    );
    expect(empty).toEqual([]);
  });

  it('has a written usage line where several flags need the same flag, because oclif generates a wrong one', () => {
    const wrong = [...commands].flatMap(([name, { flags, usage }]) => {
      const needed = Object.values(flags).flatMap(({ dependsOn = [] }) => dependsOn);
      return usage === undefined && new Set(needed).size < needed.length ? [name] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('lists every exit code', () => {
    const table = sectionsOf('docs/reference/commands.md').get('Exit codes') ?? '';
    const listed = [...table.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(EXIT));
  });
});

describe('the reference of the deployment file', () => {
  it('has a row or a section for every key', () => {
    const text = readFileSync('docs/reference/deployment.md', 'utf8');
    const keys = new Set(keysOf(schema));
    expect(keys.size).toBeGreaterThan(80);
    const missing = [...keys].filter(
      (key) => !new RegExp(`^(\\| \`|#+ (services\\.|deployment\\.)?)${key}\\b`, 'm').test(text),
    );
    expect(missing).toEqual([]);
  });

  it('has a section for every fault code, with what to do', () => {
    const sections = sectionsOf('docs/reference/faults.md');
    for (const [code, words] of Object.entries({ ...FAULT_CODES, ...OMNI_FAULT_CODES }))
      expect(sections.get(code)?.trim()).toBe(words);
  });
});

describe('the page of serve', () => {
  it('has a row for every tag, in the order they run', () => {
    const rows = [...readFileSync('docs/serve.md', 'utf8').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, tag]) => tag);
    expect(rows).toEqual([...TAGS, ...ASKED_FOR_TAGS]);
  });
});

/** Text below each second-level heading. */
function sectionsOf(file: string): ReadonlyMap<string, string> {
  const parts = readFileSync(file, 'utf8').split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]));
}

function rowOf(section: string, flag: string): string {
  return section.split('\n').find((line) => line.startsWith('| `-') && wordsOf(line).includes(flag)) ?? '';
}

/** `--[no-]image` stands for both of its forms. */
function wordsOf(row: string): string[] {
  return (row.split(' | ')[0] ?? '').replaceAll('[no-]', '').split(/[`, |]+/);
}

/** The keys of every `properties` of the schema. */
function* keysOf(value: unknown): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [word, child] of Object.entries(value)) {
    if (word !== 'properties') yield* keysOf(child);
    else
      for (const [key, field] of Object.entries(child as object)) {
        yield key;
        yield* keysOf(field);
      }
  }
}
