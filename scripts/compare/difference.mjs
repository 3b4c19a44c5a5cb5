import { structuredPatch } from 'diff';

/** Lines of context on each side of a change. */
const CONTEXT = 2;
/** Time limit of one comparison; after it the whole text counts as changed. */
const DIFF_LIMIT_MS = 5000;

/**
 * The documents that differ; documents with the same change form one group. The largest group comes first.
 * @param {readonly {name: string, before: string | undefined, after: string | undefined}[]} pairs texts; undefined: that
 *   checkout does not have the document
 * @returns {{names: string[], hunks: string[]}[]} hunks: the lines of a unified diff
 */
export function differences(pairs) {
  const groups = new Map();
  for (const { name, before, after } of pairs) {
    if (before === after) continue;
    const hunks = hunksOf(before, after);
    const key = hunks.filter((line) => /^[+-]/.test(line)).join('\n');
    const group = groups.get(key) ?? { names: [], hunks };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.names.length - a.names.length);
}

function hunksOf(before, after) {
  if (before === undefined) return ['+ (only the new checkout has it)'];
  if (after === undefined) return ['- (only the old checkout has it)'];
  const patch = structuredPatch('', '', before, after, '', '', { context: CONTEXT, timeout: DIFF_LIMIT_MS });
  if (patch === undefined) return [`- (${before.length} characters)`, `+ (${after.length} characters)`];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }) => [`@@ -${oldStart} +${newStart} @@`, ...lines]);
}

/** The differences as text; at most `mostLines` lines of each. */
export function differencesText(groups, mostLines) {
  return groups.map(({ names, hunks }) => `${title(names)}\n${cut(hunks, mostLines).join('\n')}\n`).join('\n');
}

/** Names listed per group of documents. */
const MOST_NAMES = 6;

function title(names) {
  const rest = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return `=== ${shown}${rest > 0 ? `, and ${rest} more` : ''}`;
}

function cut(lines, most) {
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most), `  ... ${lines.length - most} more lines (--lines N)`];
}
