import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TEXT_FILES } from '../scripts/text-modules.mjs';

/**
 * Bundles TypeScript programs into `folder`, so that a benchmark needs no build.
 * @param programs urls, of different base names
 * @returns their paths
 */
export async function bundle(programs, folder) {
  await build({
    entryPoints: programs.map((url) => fileURLToPath(url)),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['ssh2', 'cpu-features', 'esbuild'],
    loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text'])),
    logLevel: 'error',
  });
  return programs.map((url) => join(folder, basename(fileURLToPath(url)).replace(/\.ts$/, '.cjs')));
}
