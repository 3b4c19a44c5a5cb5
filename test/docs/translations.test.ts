import { describe, expect, it } from 'vitest';
import { type CodeBlock, readPage } from './markdown.ts';

const PAIRS = [
  ['README.md', 'README.zh.md'],
  ['docs/guide.md', 'docs/guide.zh.md'],
] as const;

describe.each(PAIRS)('%s and %s', (english, chinese) => {
  const [en, zh] = [readPage(english), readPage(chinese)];

  it('have the same headings, level by level', () => {
    expect(zh.headings.map(({ level }) => level)).toEqual(en.headings.map(({ level }) => level));
  });

  it('show the same commands and files', () => {
    expect(zh.blocks.map(withoutComments)).toEqual(en.blocks.map(withoutComments));
    expect(inlineCommands(zh.prose)).toEqual(inlineCommands(en.prose));
  });

  it('lead to the same pages', () => {
    expect(linksOf(zh.prose)).toEqual(linksOf(en.prose));
  });

  it('have tables of the same size', () => {
    expect(rowsOf(zh.prose)).toBe(rowsOf(en.prose));
  });

  it('are in English and in Chinese, section by section', () => {
    expect(en.prose.replace('[中文]', '')).not.toMatch(/\p{Script=Han}/u);
    const bodies = zh.prose.split(/^#+ .*$/m).slice(1);
    expect(bodies.filter((body) => body.trim() !== '' && !/\p{Script=Han}/u.test(body))).toEqual([]);
  });
});

/** Comments are translated; what is typed is not. */
function withoutComments({ language, lines }: CodeBlock): CodeBlock {
  return { language, lines: lines.map((line) => line.replace(/(^|\s+)#\s.*$/, '')) };
}

/** In the order of their words: sentences are built otherwise in Chinese. */
function inlineCommands(prose: string): string[] {
  return [...prose.matchAll(/`((?:omniplace|omni_cli|ansible-playbook|bash|--|-e )[^`]*)`/g)]
    .map(([, code]) => code!)
    .sort();
}

/** A page's own other language stands for itself. */
function linksOf(prose: string): string[] {
  return [...prose.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target]) => target!.replace(/\.zh\.md\b/, '.md').replace(/#.*\p{Script=Han}.*$/u, '#'))
    .sort();
}

function rowsOf(prose: string): number {
  return prose.split('\n').filter((line) => line.startsWith('|')).length;
}
