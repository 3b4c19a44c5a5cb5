import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors/exitCodes.ts';
import { readPage } from './markdown.ts';

const { prose } = readPage('docs/troubleshooting.md');
const rows = prose.split('\n').filter((line) => line.startsWith('| `'));
const sources = ['src', 'templates']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((name) => /\.(ts|sh)$/.test(name) && !name.endsWith('.gen.ts'))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n');

describe('the page of troubles', () => {
  it.each([
    ['finding of preflight', unionOf('src/plan/findings/finding.ts', /type FindingCode =([^;]+);/)],
    ['failure of a connection', unionOf('src/transport/host.ts', /type TransportCode =([^;]+);/)],
    ['failure of a push', unionOf('src/transport/putError.ts', /HostError<([^>]+)>/)],
    ['failure of the lab', unionOf('src/lab/labError.ts', /type LabErrorCode =([^;]+);/)],
    ['refusal of the placement engine', unionOf('src/placement/types.ts', /type PlacementErrorCode =([^;]+);/, '_')],
    ["user's error", [...sources.matchAll(/new UserError\(\s*'(\w+)'/g)].map(([, code]) => code!)],
  ])('has a row for every %s', (_, codes) => {
    expect(codes.length).toBeGreaterThan(4);
    expect([...new Set(codes)].filter((code) => !rows.some((row) => row.includes(`\`${code}\``)))).toEqual([]);
  });

  it('has a row for every exit code', () => {
    for (const code of Object.values(EXIT))
      expect(rows.filter((row) => row.startsWith(`| \`${code}\` |`))).toHaveLength(1);
  });

  it('quotes messages as the program writes them', () => {
    const messages = tablesHeaded('message').flatMap((row) => [...firstCell(row).matchAll(/`([^`]+)`/g)]);
    const fragments = messages
      .flatMap(([, message]) => message!.split(/…|: |; /))
      .filter((part) => part.trim().length > 3);
    expect(fragments.length).toBeGreaterThan(60);
    expect(fragments.filter((fragment) => !sources.includes(fragment))).toEqual([]);
  });

  it('says of every row what to do', () => {
    expect(rows.filter((row) => (row.split(' | ').at(-1) ?? '').length < 8)).toEqual([]);
  });
});

/** The words of a union of strings; `dash` is written in their place where users see another. */
function unionOf(file: string, pattern: RegExp, dash = '-'): string[] {
  const union = pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return [...union.matchAll(/'([^']+)'/g)].map(([, code]) => code!.replaceAll('-', dash));
}

/** Rows of the tables whose first column has this name. */
function tablesHeaded(name: string): string[] {
  return prose
    .split(/\n(?=\| \w)/)
    .filter((table) => table.startsWith(`| ${name} |`))
    .flatMap((table) => table.split('\n').filter((line) => line.startsWith('| `')));
}

function firstCell(row: string): string {
  return row.split(' | ')[0] ?? '';
}
