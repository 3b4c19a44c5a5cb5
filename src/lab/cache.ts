import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { CACHE } from './labPaths.ts';
import { identityOf } from './processIdentity.ts';
import { labNames, readState } from './state.ts';

const KEPT_UNUSED_MS = 7 * 24 * 3600 * 1000;

/** A cached folder's time says when it was used last. */
export function markUsed(directory: string): string {
  const now = new Date();
  utimesSync(directory, now, now);
  return directory;
}

/** Removes trees and layers that no lab stands on and none has used for a week, and what a killed build left half done. */
export function pruneCache(nowMs: number): void {
  if (!existsSync(CACHE)) return;
  const inUse = new Set(labNames().map((name) => readState(name)?.base));
  const entries = readdirSync(CACHE).filter((entry) => /^(base|userland|layer)-[0-9a-f]{16}$/.test(entry));
  for (const entry of readdirSync(CACHE).filter(isAbandoned))
    rmSync(`${CACHE}/${entry}`, { recursive: true, force: true });
  for (const path of entries.map((entry) => `${CACHE}/${entry}`)) {
    if (!inUse.has(path) && nowMs - statSync(path).mtimeMs > KEPT_UNUSED_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

/** `base-….1234`: process 1234 builds it, if it still lives. */
function isAbandoned(entry: string): boolean {
  const pid = /^(?:base|userland|layer)-[0-9a-f]{16}\.(\d+)$/.exec(entry)?.[1];
  return pid !== undefined && identityOf(Number(pid)) === null;
}
