import { readFileSync } from 'node:fs';
import { codeFiles, vllmPackage } from '../code.ts';
import { cannFiles, sitePackages } from '../engines/omni/dialects/cannFiles.ts';
import type { Imitated } from '../engines/omni/dialects/dialect.ts';
import { bundlePath } from './bundlePath.ts';
import type { ImageFile, ImageSource } from './labImage.ts';

const ENGINE = '/opt/omniplace-lab/engine.cjs';
/** Where an installed wheel of the same package goes before it. */
const PACKAGES = '/usr/lib/python3/dist-packages';
const VLLM = '/opt/vllm';
/** As `pip install -e` leaves a package: whatever is installed later is found before it. */
const VLLM_FINDER = `import sys
from importlib.machinery import PathFinder


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, ["${VLLM}"]) if name == "vllm" else None


sys.meta_path.append(Finder)
`;

/** OmniInfer's. */
export function omniImage(dialect: Imitated): ImageSource {
  return { ref: 'omniplace/lab:1', entrypoint: null, workdir: '/workspace', files: imageFiles(dialect) };
}

/** What the lab's image carries above its Debian userland: OmniInfer's layout and commands over the simulated engine. Node is expected at /usr/local/bin/node. */
export function imageFiles(dialect: Imitated, engine = bundlePath('engine.cjs')): ImageFile[] {
  const command = (path: string, part: string) => ({ path, mode: 0o755, content: commandScript(part, dialect) });
  const site = { ...sitePackages(dialect), 'vllm.pth': 'import _vllm_finder\n', '_vllm_finder.py': VLLM_FINDER };
  return [
    { path: ENGINE, mode: 0o644, content: readFileSync(engine) },
    command('/usr/local/bin/vllm', ''),
    command('/usr/local/bin/ray', ' ray'),
    command('/usr/local/nginx/sbin/nginx', ' nginx'),
    link('/usr/local/bin/nginx', '/usr/local/nginx/sbin/nginx'),
    link('/usr/local/bin/python', '/usr/bin/python3'),
    ...Object.entries(vllmPackage()).map(([path, content]) => ({ path: `${VLLM}/${path}`, mode: 0o644, content })),
    ...Object.entries(site).map(([path, content]) => ({ path: `${PACKAGES}/${path}`, mode: 0o644, content })),
    ...cannFiles(),
    ...codeFiles(dialect).map(({ path, mode, content }) => ({ path: `/workspace/omniinfer/${path}`, mode, content })),
  ];
}

function commandScript(part: string, dialect: Imitated): string {
  return `#!/bin/sh\nexport LAB_DIALECT=${dialect}\nexec /usr/local/bin/node ${ENGINE}${part} "$@"\n`;
}

function link(path: string, symlink: string): ImageFile {
  return { path, mode: 0o777, content: '', symlink };
}
