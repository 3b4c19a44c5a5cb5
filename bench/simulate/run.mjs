// Bundles a benchmark of the simulator from its TypeScript sources and runs it.
//   node bench/simulate/run.mjs topology [--layers N]    tokens that leave a host, against EPLB
//   node bench/simulate/run.mjs recover               maps and re-placement after the loss of ranks
//   node bench/simulate/run.mjs speed [--steps N]        a long replay, its time and memory
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [which = 'topology', ...rest] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'bench-simulate-'));
const outfile = join(folder, 'main.mjs');
try {
  await build({
    entryPoints: [fileURLToPath(new URL(`./${which}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  process.exitCode = spawnSync(process.execPath, [outfile, ...rest], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
