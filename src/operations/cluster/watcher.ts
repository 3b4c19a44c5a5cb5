import { join } from 'node:path';
import { parseLoosely } from '../../files/parseJson.ts';
import { type ProcessIdentity, ProcessIdentityShape } from '../../state/state.gen.ts';
import { isProvablyDead } from '../../state/thisProcess.ts';
import { balanceFolder, readIfThere } from './overlay.ts';

/** In the deployment's balance folder, while `balance --watch` runs. */
export const WATCH_LOCK = 'watch.lock';

/** The watcher of a deployment, as its balance folder on this machine shows; null: none runs. */
export async function runningWatcher(deploymentFile: string): Promise<ProcessIdentity | null> {
  const text = await readIfThere(join(balanceFolder(deploymentFile), WATCH_LOCK)).catch(() => null);
  const watcher = parseLoosely(text, ProcessIdentityShape);
  return watcher === null || isProvablyDead(watcher) ? null : watcher;
}
