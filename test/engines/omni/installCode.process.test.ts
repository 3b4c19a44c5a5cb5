import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstalledCode, installCode } from '../../../src/engines/omni/artifacts/installCode.ts';
import { CODE_FOLDER } from '../../../src/engines/omni/hostPaths.ts';
import installScript from '../../../templates/install_code.sh';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-code-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CODE: InstalledCode = { container: 'p0', digest: 'abc', marker: '/run/code', wheels: [] };

describe('install_code', () => {
  it('leaves the package to a wheel that brings it', () => {
    expect(installCode({ ...CODE, wheels: ['omni_infer-0.6.0-py3-none-any.whl'] })).toBeNull();
  });

  it('keeps the packages that wheels bring', () => {
    const kept = (...wheels: string[]) => installCode({ ...CODE, wheels })!.argv.slice(-2);
    expect(kept()).toEqual([installScript, CODE_FOLDER]);
    expect(kept('omni_placement-0.7.2.2-cp311.whl')).toEqual([CODE_FOLDER, 'omni_placement']);
    expect(kept('omni_placement-0.7.2.2-cp311.whl', 'vllm-0.9.0.whl')).toEqual(['omni_placement', 'vllm']);
  });

  it('marks the container and the code once it has succeeded, and removes the mark before', () => {
    const marker = join(folder, 'run/code');
    expect(run('exit 0', marker).status).toBe(0);
    expect(readFileSync(marker, 'utf8')).toBe('c0ffee\ncode abc\n');
    expect(run('exit 3', marker).status).toBe(3);
    expect(existsSync(marker)).toBe(false);
  });

  it('reads the environment of the image, and does not print what ~/.bashrc does', () => {
    writeFileSync(join(folder, '.bashrc'), 'export FROM_IMAGE=$NOT_SET_ANYWHERE"yes"; echo hello\n');
    const marker = join(folder, 'run/code');
    const ended = run('while [ "$1" != bash ]; do shift; done; exec "$@"', marker, 'echo "$FROM_IMAGE"');
    expect([ended.stdout, ended.status]).toEqual(['yes\n', 0]);
  });
});

describe('the script in the container', () => {
  it('installs the code editable, and removes an older package of OmniPlacement', () => {
    mkdirSync(join(folder, 'code/omni/accelerators/placement/omni_placement'), { recursive: true });
    expect(inContainer()).toEqual({
      status: 0,
      stderr: '',
      calls: [
        'uninstall -y omni_infer',
        'install --no-index --no-deps --no-build-isolation --no-warn-script-location --root-user-action ignore -e .',
        'uninstall -y omni_placement',
      ],
    });
    expect(inContainer(['omni_placement']).calls).toHaveLength(2);
  });

  it('keeps the package where OmniPlacement is not part of the code, as in v0.3', () => {
    mkdirSync(join(folder, 'code/omni/accelerators/placement/omni_planner'), { recursive: true });
    expect(inContainer().calls).toHaveLength(2);
  });

  it('fails where Python imports another copy afterwards', () => {
    mkdirSync(join(folder, 'other/omni/accelerators'), { recursive: true });
    expect(inContainer([], join(folder, 'other'))).toMatchObject({
      status: 1,
      stderr: `Python imports omni from ${folder}/other/omni/accelerators, not from ${folder}/code\n`,
    });
    expect(inContainer([], join(folder, 'nowhere')).stderr).toBe(
      `Python imports omni from nowhere, not from ${folder}/code\n`,
    );
  });
});

describe('vLLM in the synced code', () => {
  const patch = '--- a/vllm/a.py\n+++ b/vllm/a.py\n@@ -1 +1 @@\n-one\n+two\n';
  beforeEach(() => {
    for (const path of ['omni/accelerators', 'omni/adaptors/vllm/patches', 'infer_engines/vllm/vllm'])
      mkdirSync(join(folder, 'code', path), { recursive: true });
    writeFileSync(join(folder, 'code/infer_engines/vllm/setup.py'), '');
    writeFileSync(join(folder, 'code/infer_engines/vllm/vllm/a.py'), 'two\n');
    writeFileSync(join(folder, 'code/omni/adaptors/vllm/patches/last.patch'), patch);
    const steps =
      'git checkout v0.9.0\ngit apply $PATCH_ROOT/first.patch\ngit apply --whitespace=nowarn $PATCH_ROOT/last.patch\n';
    writeFileSync(join(folder, 'code/infer_engines/bash_install_code.sh'), steps);
    const git = '#!/bin/sh\n[ "$1 $2 $3" = "apply --reverse --check" ] && grep -q "^+$(cat vllm/a.py)" "$4"\n';
    writeFileSync(join(folder, 'git'), git, { mode: 0o755 });
  });

  it('is installed editable before the code, in the version that the patches are for', () => {
    expect(inContainer()).toMatchObject({
      status: 1,
      stderr: `Python imports vllm from nowhere, not from ${folder}/code\n`,
      calls: [
        'uninstall -y vllm',
        'SCM=0.9.0 install --no-index --no-deps --no-build-isolation --no-warn-script-location --root-user-action ignore -e infer_engines/vllm',
        'uninstall -y omni_infer',
        expect.stringMatching(/ -e \.$/),
      ],
    });
  });

  it('is left to a wheel that brings it', () => {
    expect(inContainer(['vllm'])).toMatchObject({ status: 0, calls: ['uninstall -y omni_infer', expect.anything()] });
  });

  it('is refused without its patches, before anything is installed', () => {
    writeFileSync(join(folder, 'code/infer_engines/vllm/vllm/a.py'), 'one\n');
    expect(inContainer()).toEqual({
      status: 1,
      stderr:
        'infer_engines/vllm is not patched: last.patch, the last patch that infer_engines/bash_install_code.sh applies, is missing. ' +
        'Run it in infer_engines of the code on the machine that runs omniplace, then repeat\n',
      calls: [''],
    });
  });
});

/** The argv on a host whose docker runs `docker` instead. */
function run(docker: string, marker: string, script?: string) {
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n[ "$1" != inspect ] || { echo c0ffee; exit; }\n${docker}\n`, {
    mode: 0o755,
  });
  const [program = '', ...args] = installCode({ ...CODE, marker })!.argv;
  const words = args.map((word) => (script !== undefined && word === installScript ? script : word));
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  return spawnSync(program, words, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** @param imported where Python finds packages afterwards */
function inContainer(kept: readonly string[] = [], imported = join(folder, 'code')) {
  mkdirSync(join(folder, 'code'), { recursive: true });
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  const python = spawnSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(
    join(folder, 'python3'),
    `#!/bin/sh\n[ "$2" != pip ] || { shift 3; echo "\${SETUPTOOLS_SCM_PRETEND_VERSION:+SCM=$SETUPTOOLS_SCM_PRETEND_VERSION }$*" >>${log}; exit; }\nPYTHONPATH=${imported} exec ${python} "$@"\n`,
    { mode: 0o755 },
  );
  const { status, stderr } = spawnSync('bash', ['-c', installScript, 'install_code', join(folder, 'code'), ...kept], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder },
  });
  return { status, stderr, calls: readFileSync(log, 'utf8').trim().split('\n') };
}
