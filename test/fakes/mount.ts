import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no file system can be mounted here, as for a disk that is full; null: one can. */
export function mountMissing(): string | null {
  const trial = mkdtempSync(join(tmpdir(), 'omniplace-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', trial]);
  if (mounted.status === 0) spawnSync('umount', [trial]);
  rmSync(trial, { recursive: true, force: true });
  return mounted.status === 0 ? null : `no tmpfs can be mounted: ${mounted.stderr ?? mounted.error}`;
}
