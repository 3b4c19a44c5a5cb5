import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXIT } from '../cli/exitCodes.ts';
import { UserError } from '../cli/userError.ts';
import { isProvablyDead, type ProcessIdentity, thisProcess } from '../state/thisProcess.ts';
import { balanceFolder } from './balanceFiles.ts';

/**
 * One watcher at a time works beside a deployment file: two would swap against each other. What a killed one left is taken
 * over. @returns how to give it back @throws UserError `watch_locked`
 */
export async function lockWatch(deploymentFile: string): Promise<() => Promise<void>> {
  const lock = join(balanceFolder(deploymentFile), 'watch.lock');
  const own = `${lock}.${process.pid}`;
  const text = JSON.stringify(thisProcess());
  await mkdir(dirname(lock), { recursive: true });
  await writeFile(own, text);
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      // a link appears with its content, or not at all
      const held = await link(own, lock).then(
        () => null,
        () => readFile(lock, 'utf8').catch(() => ''),
      );
      if (held === null) return () => giveBack(lock, text);
      const holder = parseHolder(held);
      if (holder !== null && !isProvablyDead(holder)) throw locked(lock, holder);
      await moveAway(lock, held);
    }
    throw new UserError('watch_locked', `${lock} can't be taken: others try at the same time.`, {
      exitCode: EXIT.locked,
    });
  } finally {
    await rm(own, { force: true });
  }
}

/** Moves a dead one's lock away; one that took its place meanwhile goes back. */
async function moveAway(lock: string, seen: string): Promise<void> {
  const away = `${lock}.${process.pid}.dead`;
  const moved = await rename(lock, away).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(away, 'utf8')) !== seen) await link(away, lock).catch(() => undefined);
  await rm(away, { force: true });
}

async function giveBack(lock: string, text: string): Promise<void> {
  if ((await readFile(lock, 'utf8').catch(() => null)) === text) await rm(lock, { force: true });
}

function parseHolder(text: string): ProcessIdentity | null {
  try {
    const holder = JSON.parse(text) as ProcessIdentity;
    return typeof holder.pid === 'number' ? holder : null;
  } catch {
    return null;
  }
}

function locked(lock: string, { owner, pid, host }: ProcessIdentity): UserError {
  return new UserError('watch_locked', `${owner} watches this cluster already: process ${pid} of ${host}.`, {
    hint: `End that one first. Where its machine is gone, delete ${lock}.`,
    exitCode: EXIT.locked,
  });
}
