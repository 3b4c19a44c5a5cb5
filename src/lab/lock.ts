import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const holder = readIdentity(file);
  if (holder !== null && !isAlive(holder)) rmSync(file, { force: true });
  const own = `${file}.${process.pid}`;
  // linked when whole: nobody reads a lock without its holder
  writeFileSync(own, readFileSync('/proc/self/stat'));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}
