import { existsSync, readdirSync } from 'node:fs';
import { join, parse, sep } from 'node:path';

/** Local files that an absolute pattern matches, sorted: `*`, `?` and `[..]` within a name, `**` over folders. */
export function matchLocal(pattern: string): readonly string[] {
  const { root } = parse(pattern);
  let found = [root];
  for (const part of pattern.slice(root.length).split(sep)) {
    if (part === '**') found = found.flatMap((folder) => [folder, ...foldersBelow(folder)]);
    else if (/[*?[]/.test(part)) found = found.flatMap((folder) => namesIn(folder, nameMatcher(part)));
    else found = found.map((folder) => join(folder, part)).filter((path) => existsSync(path));
  }
  return found.sort();
}

function namesIn(folder: string, matches: (name: string) => boolean): readonly string[] {
  return entries(folder)
    .filter((entry) => matches(entry.name))
    .map((entry) => join(folder, entry.name));
}

function foldersBelow(folder: string): readonly string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [join(folder, entry.name), ...foldersBelow(join(folder, entry.name))]);
}

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // no folder, or none we may look into: no matches
    return [];
  }
}

function nameMatcher(part: string): (name: string) => boolean {
  const source = part.replaceAll(/\[[^\]]+\]|[*?]|[^*?[]|\[/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return token.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  const regex = new RegExp(`^${source}$`, 'su');
  // hidden files are named, not matched
  return (name) => (!name.startsWith('.') || part.startsWith('.')) && regex.test(name);
}
