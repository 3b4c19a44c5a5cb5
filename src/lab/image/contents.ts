import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeFiles } from '../code.ts';

/** A file, or a symbolic link, that the lab's image carries above its Debian userland; `path` is absolute. */
export type ImageFile =
  | { readonly path: string; readonly mode: number; readonly content: string | Buffer }
  | { readonly path: string; readonly mode: number; readonly source: string }
  | { readonly path: string; readonly symlink: string };

const ENGINE = '/opt/omniplace-lab/engine.cjs';

/** OmniInfer's layout and commands over the simulated engine. Node is expected at /usr/local/bin/node. */
export function imageFiles(): ImageFile[] {
  return [
    { path: ENGINE, mode: 0o644, source: engineBundle() },
    command('/usr/local/bin/vllm', ''),
    command('/usr/local/bin/ray', ' ray'),
    command('/usr/local/nginx/sbin/nginx', ' nginx'),
    { path: '/usr/local/bin/nginx', symlink: '/usr/local/nginx/sbin/nginx' },
    { path: '/usr/local/bin/python', symlink: '/usr/bin/python3' },
    ...codeFiles().map(({ path, mode, content }) => ({ path: `/workspace/omniinfer/${path}`, mode, content })),
  ];
}

function command(path: string, part: string): ImageFile {
  return { path, mode: 0o755, content: `#!/bin/sh\nexec /usr/local/bin/node ${ENGINE}${part} "$@"\n` };
}

/** dist/lab/engine.cjs of this package, whether we run from src or from the bundle. */
function engineBundle(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist/lab/engine.cjs');
    if (folder === dirname(folder)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  }
}
