import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../files/digests.ts';
import { parseLoosely } from '../files/parseJson.ts';
import { writeWhole } from '../files/writeFile.ts';
import type { KeptLook } from './state.gen.ts';

export type { KeptLook } from './state.gen.ts';

/** Of which cluster. */
export interface LookedAt {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
}

/** What the last look that was kept on this machine found; null: none was kept. */
export async function keptLook(stateFolder: string, cluster: LookedAt): Promise<KeptLook | null> {
  const text = await readFile(pathOf(stateFolder, cluster), 'utf8').catch(() => null);
  if (text === null) return null;
  const { KeptLookShape } = await import('./state.gen.ts');
  return parseLoosely(text, KeptLookShape);
}

/** Without a place for it the next look has less to compare with, which stops nothing. */
export async function keepLook(stateFolder: string, cluster: LookedAt, look: KeptLook): Promise<void> {
  await writeWhole(pathOf(stateFolder, cluster), `${JSON.stringify(look)}\n`).catch(() => {});
}

function pathOf(stateFolder: string, { file, name }: LookedAt): string {
  return join(stateFolder, 'looks', `${digestOf([file, name])}.json`);
}
