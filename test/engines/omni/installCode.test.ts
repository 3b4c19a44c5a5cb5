import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstalledCode, installCode } from '../../../src/engines/omni/artifacts/installCode.ts';
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

  it('keeps the package of OmniPlacement that a wheel brings', () => {
    expect(installCode(CODE)?.argv.at(-1)).toBe('remove');
    expect(installCode({ ...CODE, wheels: ['omni_placement-0.7.2.2-cp311.whl'] })?.argv.at(-1)).toBe('keep');
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
    expect(inContainer('remove')).toEqual({
      status: 0,
      stderr: '',
      calls: [
        'uninstall -y omni_infer',
        'install --no-index --no-deps --no-build-isolation --no-warn-script-location --root-user-action ignore -e .',
        'uninstall -y omni_placement',
      ],
    });
    expect(inContainer('keep').calls).toHaveLength(2);
  });

  it('keeps the package where OmniPlacement is not part of the code, as in v0.3', () => {
    mkdirSync(join(folder, 'code/omni/accelerators/placement/omni_planner'), { recursive: true });
    expect(inContainer('remove').calls).toHaveLength(2);
  });

  it('fails where Python imports another copy afterwards', () => {
    mkdirSync(join(folder, 'other/omni/accelerators'), { recursive: true });
    expect(inContainer('remove', join(folder, 'other'))).toMatchObject({
      status: 1,
      stderr: `Python imports omni from ${folder}/other/omni/accelerators, not from ${folder}/code\n`,
    });
    expect(inContainer('remove', join(folder, 'nowhere')).stderr).toBe(
      `Python imports omni from nowhere, not from ${folder}/code\n`,
    );
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
function inContainer(placement: string, imported = join(folder, 'code')) {
  mkdirSync(join(folder, 'code'), { recursive: true });
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  const python = spawnSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(
    join(folder, 'python3'),
    `#!/bin/sh\n[ "$2" != pip ] || { shift 3; echo "$*" >>${log}; exit; }\nPYTHONPATH=${imported} exec ${python} "$@"\n`,
    { mode: 0o755 },
  );
  const { status, stderr } = spawnSync('bash', ['-c', installScript, 'install_code', join(folder, 'code'), placement], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder },
  });
  return { status, stderr, calls: readFileSync(log, 'utf8').trim().split('\n') };
}
