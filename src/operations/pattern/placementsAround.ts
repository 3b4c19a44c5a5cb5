import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Folder names that `balance` gives: `cluster.balance` next to `cluster.yml`. */
const OF_BALANCE = /\.balance$/;
/** Folders above a dump in which a deployment may be. */
const LEVELS = 3;
/** More are not looked at. */
const MOST_FILES = 500;

/** Patterns that `balance` has written near these files and folders, and in the working folder; the newest name last. */
export async function placementsAround(paths: readonly string[]): Promise<readonly string[]> {
  const near = new Set([resolve('.'), ...paths.flatMap(foldersAbove)]);
  const found: string[] = [];
  for (const folder of near) {
    const names = await namesIn(folder);
    if (OF_BALANCE.test(basename(folder))) found.push(...patterns(folder, names));
    for (const name of names.filter((each) => OF_BALANCE.test(each)))
      found.push(...patterns(join(folder, name), await namesIn(join(folder, name))));
  }
  return [...new Set(found)].slice(0, MOST_FILES);
}

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  let folder = resolve(path);
  for (let level = 0; level < LEVELS; level++) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

/** None where it can't be read. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function patterns(folder: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith('.npy')).map((name) => join(folder, name));
}
