// Bundles the commands and the library into dist/, writes types and the manifest that oclif starts from.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { pastBarrels } from './barrels.mjs';
import { TEXT_FILES } from './text-modules.mjs';

process.chdir(new URL('..', import.meta.url).pathname);
await rm('dist', { recursive: true, force: true });

const commands = readdirSync('src/commands', { recursive: true })
  .map((name) => `src/commands/${name}`)
  .filter((file) => file.endsWith('.ts') && statSync(file).isFile());

// oclif is 160 files of CommonJS: as one, fetched by require(), it starts in a third of the time. An import would send it
// through Node's search for export names, which costs more than running it
await build({
  entryPoints: ['@oclif/core'],
  outfile: 'dist/oclif.cjs',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['typescript'],
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
});
const oclif = {
  name: 'oclif',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@oclif\/core$/ }, () => ({ path: 'oclif', namespace: 'oclif' }));
    // every command shares it, so it stands in dist/chunks/
    onLoad({ filter: /.*/, namespace: 'oclif' }, () => ({
      contents: `const core = require('../oclif.cjs');
export const { ${Object.keys(createRequire(import.meta.url)('@oclif/core')).join(', ')} } = core;`,
      resolveDir: process.cwd(),
    }));
  },
};

await build({
  entryPoints: [
    'src/cli/start.ts',
    'src/index.ts',
    'src/placement/index.ts',
    'src/hooks/commandNotFound.ts',
    // run in threads of their own
    'src/operations/pattern/solveWorker.ts',
    'src/operations/balance/watch/decideWorker.ts',
    ...commands,
  ],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // ssh2 has native addons
  external: ['ssh2', 'cpu-features', '../oclif.cjs'],
  plugins: [oclif, pastBarrels()],
  loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text'])),
  // CommonJS packages inside an ES module bundle still call require()
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  logLevel: 'warning',
});

// lab hosts run their engine as one file of its own: only node is there
for (const [engine, outfile] of [
  ['omni', 'engine.cjs'],
  ['vllm', 'vllm.cjs'],
]) {
  await build({
    entryPoints: [`src/lab/engines/${engine}/main.ts`],
    outfile: `dist/lab/${outfile}`,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text'])),
    logLevel: 'warning',
  });
}

// tsc tells its errors on stdout
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 2, 2] });
if (!process.argv.includes('--no-types')) {
  run(process.execPath, 'node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.build.json');
}
execFileSync('node_modules/.bin/oclif', ['manifest'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: '1' },
});
