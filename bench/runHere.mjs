import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';

/** Bundles a benchmark and runs it. */
export async function runHere(program, args) {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-bench-'));
  try {
    const [main] = await bundle([program], folder);
    process.exitCode = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
