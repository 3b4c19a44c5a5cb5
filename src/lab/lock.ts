import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readIdentity } from './processIdentity.ts';

/**
 * One process at a time does `work`; the rest wait. The lock names its holder by pid and start ticks, so one left by a
 * process that is gone is taken over.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>, signal?: AbortSignal) {
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !take(file); told = true) {
    if (!told) waiting();
    await sleep(100, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  const own = `${file}.${process.pid}`;
  removeAbandoned(file, `${own}.abandoned`);
  // linked when whole: nobody reads a lock without its holder
  writeFileSync(own, readFileSync('/proc/self/stat'));
  try {
    return link(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moved away before it is judged again: what was read a moment ago may have been replaced by a living holder's lock. */
function removeAbandoned(file: string, aside: string): void {
  const holder = readIdentity(file);
  if (holder === null || isAlive(holder)) return;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readIdentity(aside);
  if (moved !== null && isAlive(moved)) link(aside, file);
  rmSync(aside, { force: true });
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
