import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import { type ProcessIdentity, ProcessIdentityShape } from '../../state/state.gen.ts';
import { isProvablyDead, thisProcess } from '../../state/thisProcess.ts';
import { balanceFolder } from '../cluster/overlay.ts';
import { WATCH_LOCK } from '../cluster/watcher.ts';

/** What is done beside a deployment file by one process at a time. */
interface Lock {
  readonly file: string;
  readonly code: string;
  /** `me@here` does it already */
  readonly does: string;
  /** What the second one does about it. */
  readonly hint: string;
}

const WATCH: Lock = {
  file: WATCH_LOCK,
  code: 'watch_locked',
  does: 'watches this cluster',
  hint: 'End that one first.',
};

const BALANCE: Lock = {
  file: 'balance.lock',
  code: 'balance_locked',
  does: 'balances this cluster',
  hint: 'Wait until that one is done, or end it: the next one takes up what it began.',
};

/** Two watchers would swap against each other. @returns how to give it back @throws UserError `watch_locked` */
export function lockWatch(deploymentFile: string): Promise<() => Promise<void>> {
  return take(deploymentFile, WATCH);
}

/**
 * Overlay, history and what is under way are one balance's alone, be it by hand or in a watcher's hours: a second one would take
 * the first one's change for one that was killed. @returns how to give it back @throws UserError `balance_locked`
 */
export function lockBalance(deploymentFile: string): Promise<() => Promise<void>> {
  return take(deploymentFile, BALANCE);
}

/** What a killed one left is taken over. */
async function take(deploymentFile: string, kind: Lock): Promise<() => Promise<void>> {
  const lock = join(balanceFolder(deploymentFile), kind.file);
  const own = `${lock}.${process.pid}.partial`;
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
      const holder = parseLoosely(held, ProcessIdentityShape);
      if (holder !== null && !isProvablyDead(holder)) throw locked(kind, lock, holder);
      await moveAway(lock, held);
    }
    throw new UserError(kind.code, `${lock} can't be taken: others try at the same time.`, {
      exitCode: EXIT.locked,
    });
  } finally {
    await rm(own, { force: true });
  }
}

/** Moves a dead one's lock away; one that took its place meanwhile goes back. */
async function moveAway(lock: string, seen: string): Promise<void> {
  const away = `${lock}.${process.pid}.dead.partial`;
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

function locked({ code, does, hint }: Lock, lock: string, { owner, pid, host }: ProcessIdentity): UserError {
  return new UserError(code, `${owner} ${does} already: process ${pid} of ${host}.`, {
    hint: `${hint} Where its machine is gone, delete ${lock}.`,
    exitCode: EXIT.locked,
  });
}
