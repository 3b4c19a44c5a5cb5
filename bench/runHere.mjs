import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

/** Bundles a benchmark and runs it. */
export async function runHere(program, args) {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-bench-'));
  try {
    const env = { ...process.env, NODE_PATH: fileURLToPath(new URL('../node_modules', import.meta.url)) };
    const [main] = await bundle([program], folder);
    process.exitCode = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit', env }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
