import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { TEXT_FILES } from '../../scripts/text-modules.mjs';

/** A program that uses our transport, bundled as ours is, in a process of its own that a test may kill. */
export interface Controller {
  /** The bundled program, for those who start it another way. */
  readonly file: string;
  start(input: unknown): ChildProcess;
  remove(): void;
}

/** `program`: TypeScript; `input` is what `start` was given. Imports are relative to the repository's root. */
export async function buildController(program: string): Promise<Controller> {
  const root = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-controller-'));
  const outfile = join(folder, 'controller.cjs');
  await build({
    stdin: {
      contents: `${program}\nmain(JSON.parse(process.argv[2])).catch((error) => { console.error(error); process.exit(1); });`,
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['ssh2', 'cpu-features'],
    loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text' as const])),
    logLevel: 'error',
  });
  return {
    file: outfile,
    start: (input) =>
      spawn(process.execPath, [outfile, JSON.stringify(input)], {
        env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
