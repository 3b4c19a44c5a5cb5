import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { CACHE } from './paths.ts';
import { labNames, readState } from './state.ts';

const KEPT_UNUSED_MS = 7 * 24 * 3600 * 1000;

/** A cached folder's time says when it was used last. */
export function markUsed(directory: string): string {
  const now = new Date();
  utimesSync(directory, now, now);
  return directory;
}

/** Removes trees and layers that no lab stands on and none has used for a week. */
export function pruneCache(nowMs: number): void {
  if (!existsSync(CACHE)) return;
  const inUse = new Set(labNames().map((name) => readState(name)?.base));
  const entries = readdirSync(CACHE).filter((entry) => /^(base|userland|layer)-[0-9a-f]{16}$/.test(entry));
  for (const path of entries.map((entry) => `${CACHE}/${entry}`)) {
    if (!inUse.has(path) && nowMs - statSync(path).mtimeMs > KEPT_UNUSED_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
