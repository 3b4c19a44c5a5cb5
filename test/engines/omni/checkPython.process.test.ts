import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import check from '../../../templates/check_python.py';
import { unless } from '../../fakes/unless.ts';

const NO_PYTHON = spawnSync('python3', ['--version']).error === undefined ? null : 'python3 is not installed';

let site: string;
beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), 'omniplace-python-'));
  for (const [name, version] of [
    ['omni_infer', '0.4.0'],
    ['omni-placement', '0.7.2.2a3'],
  ]) {
    const info = join(site, `${name!.replace('-', '_')}-${version}.dist-info`);
    mkdirSync(info);
    writeFileSync(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
  }
  return () => rmSync(site, { recursive: true, force: true });
});

/** Runs the check as if Python were of another version. */
function run(version: readonly number[], ...wheels: string[]) {
  const pretend = `import sys\nsys.version_info = (${version.join(', ')}, "final", 0)\n`;
  const { status, stderr } = spawnSync('python3', ['-c', `${pretend}${check}`, ...wheels], {
    env: { ...process.env, PYTHONPATH: site },
    encoding: 'utf8',
  });
  return { status, said: stderr.trim().split('\n') };
}

describe('the check in the container', unless(NO_PYTHON), () => {
  it('is content with what was to be installed, however the name is written', () => {
    const wheels = [
      '/state/p0/wheels/omni_infer-0.4.0-cp311-cp311-linux_aarch64.whl',
      '/state/p0/wheels/omni_placement-0.7.2.2a3-cp311-cp311-linux_aarch64.whl',
    ];
    expect(run([3, 9, 0], ...wheels)).toEqual({ status: 0, said: [''] });
    expect(run([3, 11, 7])).toEqual({ status: 0, said: [''] });
  });

  it('names the version found, of Python and of packages', () => {
    expect(run([3, 12, 1])).toEqual({
      status: 1,
      said: ['Python 3.12.1 is in the container; OmniInfer needs 3.9 to 3.11'],
    });
    expect(run([3, 8, 18], 'omni_infer-0.5.0-py3-none-any.whl', 'vllm-0.9.0-py3-none-any.whl')).toEqual({
      status: 1,
      said: [
        'Python 3.8.18 is in the container; OmniInfer needs 3.9 to 3.11',
        'omni_infer 0.4.0 is installed; 0.5.0 should be',
        'vllm is not installed; 0.9.0 should be',
      ],
    });
  });
});
