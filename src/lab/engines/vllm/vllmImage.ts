import { readFileSync } from 'node:fs';
import type { FlagTable } from '../../../engines/vllm/flags/flag.ts';
import { FLAG_TABLES } from '../../../engines/vllm/flags/flags.gen.ts';
import { ROUTER_FLAGS } from '../../../engines/vllm/flags/routerFlags.ts';
import { bundlePath } from '../../image/bundlePath.ts';
import type { ImageFile, ImageSource } from '../../image/labImage.ts';
import argvScript from './argv/argv.py';
import type { VllmImitated } from './vllmVersions.ts';

const FOLDER = '/opt/omniplace-lab';
const PACKAGES = '/usr/lib/python3/dist-packages';

/** An image like vllm/vllm-openai, with vllm-router too. */
export function vllmImage(version: VllmImitated, engine = bundlePath('vllm.cjs')): ImageSource {
  return {
    ref: `omniplace/lab-vllm:${version}`,
    entrypoint: ['vllm', 'serve'],
    workdir: '/vllm-workspace',
    files: [
      { path: `${FOLDER}/vllm.cjs`, mode: 0o644, content: readFileSync(engine) },
      ...vllmCommands(version, FOLDER, '/usr/local/bin'),
      { path: '/usr/local/bin/python', mode: 0o777, content: '', symlink: '/usr/bin/python3' },
      ...pythonPackage(version),
      { path: '/vllm-workspace/README', mode: 0o644, content: "The lab's imitation of vllm/vllm-openai.\n" },
    ],
  };
}

/** `vllm` and `vllm-router` over the bundle in `folder`. */
export function vllmCommands(version: VllmImitated, folder: string, bin: string): readonly ImageFile[] {
  const { flags, jsonKeys } = FLAG_TABLES.find((table) => table.version === version) as FlagTable;
  const command = (name: string, part: string) => ({
    path: `${bin}/${name}`,
    mode: 0o755,
    content: `#!/bin/sh\nexec python3 ${folder}/argv.py ${part} ${folder}/${part}.json "$@"\n`,
  });
  return [
    { path: `${folder}/argv.py`, mode: 0o644, content: argvScript },
    { path: `${folder}/serve.json`, mode: 0o644, content: JSON.stringify({ version, flags, jsonKeys }) },
    { path: `${folder}/router.json`, mode: 0o644, content: JSON.stringify({ flags: ROUTER_FLAGS }) },
    command('vllm', 'serve'),
    command('vllm-router', 'router'),
  ];
}

/** As pip leaves it, as far as versions are read from it. */
function pythonPackage(version: VllmImitated): readonly ImageFile[] {
  const number = version.slice(1);
  const info = `${PACKAGES}/vllm-${number}.dist-info`;
  return [
    { path: `${PACKAGES}/vllm/__init__.py`, mode: 0o644, content: `__version__ = "${number}"\n` },
    { path: `${PACKAGES}/vllm/_version.py`, mode: 0o644, content: `__version__ = version = '${number}'\n` },
    { path: `${info}/METADATA`, mode: 0o644, content: `Metadata-Version: 2.4\nName: vllm\nVersion: ${number}\n` },
    { path: `${info}/INSTALLER`, mode: 0o644, content: 'pip\n' },
  ];
}
