import { mkdirSync, renameSync, rmSync } from 'node:fs';
import buildTree from '../../templates/lab-tree.sh';
import { runScript } from './shell.ts';

/**
 * Unpacks Debian packages into `directory`, maintainer scripts not run: what those would have linked or written and we
 * need stands in the script. Appears under its name only when whole.
 */
export async function unpackTree(debs: readonly string[], directory: string, signal?: AbortSignal): Promise<void> {
  const partial = `${directory}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    await runScript(
      buildTree,
      { ROOT: partial },
      { input: `${debs.join('\n')}\n`, signal, title: 'unpacking packages' },
    );
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
