import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of dist/lab of this package, whether we run from src or from the bundle. */
export function bundlePath(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist/lab', name);
    if (folder === dirname(folder)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  }
}
