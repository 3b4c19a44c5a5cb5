// The dialects of OmniInfer that are known without an image at hand, from what test/golden/omni records of its sources.
import { readFileSync } from 'node:fs';

/** Oldest first: the newest is what is assumed when nothing was read. `generation` of a deployment file names the others. */
const KNOWN = { 'v0.3': 'r030', 'v0.6': 'C', '2026-03': 'E' };

export function knownDialects() {
  const known = Object.entries(KNOWN).map(([name, snapshot]) => {
    const { dialect, ...source } = JSON.parse(readFileSync(`test/golden/omni/${snapshot}.json`, 'utf8'));
    return `  '${name}': ${JSON.stringify({ name, ...source, dialect }, null, 2)},\n`;
  });
  return `// @ts-nocheck
// Generated from test/golden/omni by \`npm run gen\`: scripts/record-dialect.mjs writes those.
import type { KnownDialect } from './dialect.ts';

export const KNOWN: Readonly<Record<${Object.keys(KNOWN)
    .map((name) => `'${name}'`)
    .join(' | ')}, KnownDialect>> = {
${known.join('')}};
`;
}
