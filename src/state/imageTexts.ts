import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageTexts } from '../facts/facts.ts';
import { digestOf } from '../files/digests.ts';
import { parseLoosely } from '../files/parseJson.ts';
import { writeWhole } from '../files/writeFile.ts';

/** Which files of which image: an image never changes under its id, so what was read once stays true. */
export interface ImageFiles {
  readonly imageId: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** What `keepImageTexts` kept of them on this machine; null: nothing. */
export async function keptImageTexts(stateFolder: string, asked: ImageFiles): Promise<ImageTexts | null> {
  const text = await readFile(pathOf(stateFolder, asked), 'utf8').catch(() => null);
  if (text === null) return null;
  const { ImageTextsShape } = await import('../facts/facts.gen.ts');
  return parseLoosely(text, ImageTextsShape);
}

/** Of images, some hundred KiB each: more than one machine works with at a time. */
const MOST_KEPT = 20;

/** Older ones are removed: what is asked for again is read again. */
export async function keepImageTexts(stateFolder: string, asked: ImageFiles, texts: ImageTexts): Promise<void> {
  await writeWhole(pathOf(stateFolder, asked), JSON.stringify(texts));
  await removeOldest(join(stateFolder, 'images'));
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length <= MOST_KEPT) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, atMs: (await stat(path)).mtimeMs };
    }),
  );
  const old = files.sort((a, b) => b.atMs - a.atMs).slice(MOST_KEPT);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

function pathOf(stateFolder: string, { imageId, folder, files }: ImageFiles): string {
  return join(stateFolder, 'images', `${digestOf([imageId, folder, files])}.json`);
}
