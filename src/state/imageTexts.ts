import { readFile } from 'node:fs/promises';
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

export function keepImageTexts(stateFolder: string, asked: ImageFiles, texts: ImageTexts): Promise<void> {
  return writeWhole(pathOf(stateFolder, asked), JSON.stringify(texts));
}

function pathOf(stateFolder: string, { imageId, folder, files }: ImageFiles): string {
  return join(stateFolder, 'images', `${digestOf([imageId, folder, files])}.json`);
}
