import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLoosely } from '../files/parseJson.ts';

/** Remembers the file served last, so that `status`, `stop` and others work without it. @param file absolute */
export async function rememberDeployment(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'last.json');
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, `${JSON.stringify({ deployment: file })}\n`, { mode: 0o600 });
  await rename(partial, path);
}

/** Null when nothing was served from here yet. */
export async function lastDeployment(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, 'last.json'), 'utf8').catch(() => null);
  // `validate` and most commands are given their file
  const { LastDeploymentShape } = await import('./state.gen.ts');
  return parseLoosely(text, LastDeploymentShape)?.deployment ?? null;
}
