import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type Overlay, overlayText, parseOverlay } from '../../balancing/overlay.ts';
import { utf8Text } from '../../files/readText.ts';
import { writeWhole } from '../../files/writeFile.ts';

/** `cluster.balance/` beside `cluster.yml`: overlay, patterns with their records, history, and what is under way. */
export function balanceFolder(deploymentFile: string): string {
  return join(dirname(deploymentFile), `${basename(deploymentFile, extname(deploymentFile))}.balance`);
}

export function overlayFile(deploymentFile: string): string {
  return join(balanceFolder(deploymentFile), 'overlay.yml');
}

/** Null: there is none. @throws Error for a file that is no overlay */
export async function readOverlay(deploymentFile: string): Promise<Overlay | null> {
  const text = await readIfThere(overlayFile(deploymentFile));
  return text === null ? null : parseOverlay(text);
}

/** An empty overlay is no file. */
export async function writeOverlay(deploymentFile: string, overlay: Overlay): Promise<void> {
  const file = overlayFile(deploymentFile);
  if (overlay.size === 0) await rm(file, { force: true });
  else await writeWhole(file, overlayText(overlay, basename(deploymentFile)));
}

/** Null: there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  return bytes === null ? null : utf8Text(bytes, file);
}
