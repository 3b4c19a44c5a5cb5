import { readdirSync, readFileSync } from 'node:fs';

/** Every page a reader may open, by its path from the root. */
export function pages(): string[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', 'README.zh.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.sort()];
}

export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

/** A page's prose without its code blocks, and these apart. */
export interface Page {
  readonly prose: string;
  readonly blocks: readonly CodeBlock[];
  readonly headings: readonly Heading[];
}

export function readPage(path: string): Page {
  const prose: string[] = [];
  const blocks: CodeBlock[] = [];
  let open: { language: string; lines: string[] } | null = null;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence && open) {
      blocks.push(open);
      open = null;
    } else if (fence) open = { language: fence[1] ?? '', lines: [] };
    else if (open) open.lines.push(line);
    else prose.push(line);
  }
  const headings = prose.flatMap((line) => {
    const found = /^(#+) (.*)$/.exec(line);
    return found ? [{ level: found[1]!.length, text: found[2]!.trim() }] : [];
  });
  return { prose: prose.join('\n'), blocks, headings };
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}
