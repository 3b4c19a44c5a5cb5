import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { codeOrigin } from '../../src/engines/omni/codeOrigin.ts';
import { probeOrigins } from '../../src/facts/probeOrigins.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { LocalHost } from '../fakes/localHost.ts';

const folder = mkdtempSync(join(tmpdir(), 'omniplace-origins-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Makes a package of Python. */
const makePackage = (...path: string[]) => {
  mkdirSync(join(folder, ...path), { recursive: true });
  writeFileSync(join(folder, ...path, '__init__.py'), '');
};

it('finds in each container where Python imports the code from, and which copy was synced', async () => {
  makePackage('code', 'omni', 'accelerators');
  makePackage('code', 'infer_engines', 'vllm', 'vllm');
  makePackage('image', 'vllm');
  mkdirSync(join(folder, 'bin'));
  // a container is a folder of packages here; one of them hangs
  writeFileSync(
    join(folder, 'bin', 'docker'),
    `#!/bin/sh
shift 3
[ "$1" != hangs ] || exec sleep 60
paths=$1; shift
PYTHONPATH=$(printf %s "$paths" | tr , :) exec "$@"
`,
    { mode: 0o755 },
  );
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`);
  vi.stubEnv('HOME', folder);
  const code = join(folder, 'code');
  const argv = codeOrigin(fakeDeployment({ codePath: '/home/user/omniinfer' })).map((word) =>
    word === '/workspace/omniinfer' ? code : word,
  );
  const synced = `${code},${code}/infer_engines/vllm`;
  const host = new LocalHost('here');
  const found = await probeOrigins(host, [synced, `${folder}/image`, 'hangs'], argv, new AbortController().signal);
  expect(found).toEqual({
    [synced]: [
      { package: 'omni', from: code, wanted: code },
      { package: 'vllm', from: `${code}/infer_engines/vllm`, wanted: `${code}/infer_engines/vllm` },
    ],
    [`${folder}/image`]: [
      { package: 'omni', from: null, wanted: code },
      { package: 'vllm', from: `${folder}/image`, wanted: `${code}/infer_engines/vllm` },
    ],
    hangs: null,
  });
});
