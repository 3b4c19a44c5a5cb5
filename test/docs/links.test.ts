import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorOf, pages, readPage } from './markdown.ts';

describe('links', () => {
  it.each(pages())('of %s lead to files and headings that are there', (path) => {
    const links = [...readPage(path).prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !leadsSomewhere(path, target))).toEqual([]);
  });

  it('from README lead to every page of docs, over one page at most', () => {
    const near = new Set(linkedFrom('README.md').flatMap((page) => [page, ...linkedFrom(page)]));
    expect(pages().filter((page) => page.startsWith('docs/') && !near.has(page))).toEqual([]);
  });

  it('in what the program says name pages that are there', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const named = sources.flatMap((name) => readFileSync(`src/${name}`, 'utf8').match(/\bdocs\/[\w./-]+\.md\b/g) ?? []);
    expect(named).toContain('docs/reference/faults.md');
    expect([...new Set(named)].filter((path) => !existsSync(path))).toEqual([]);
  });
});

function linkedFrom(page: string): string[] {
  if (!existsSync(page)) return [];
  return [...readPage(page).prose.matchAll(/\]\(([^)\s#]+\.md)/g)].map(([, target]) =>
    normalize(join(dirname(page), target!)),
  );
}

function leadsSomewhere(from: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || readPage(path).headings.some(({ text }) => anchorOf(text) === anchor);
}
