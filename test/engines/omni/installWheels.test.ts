import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installWheels } from '../../../src/engines/omni/artifacts/installWheels.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-pip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes down the arguments of each call, one a line; `inspect` tells the container's id. */
const DOCKER = `#!/bin/sh
[ "$1" != inspect ] || { echo c0ffee; exit; }
for argument do printf '%s\\n' "$argument"; done | grep '\\.whl$' >> "$CALLS"
echo -- >> "$CALLS"
`;

describe('pip_install', () => {
  it('hands every wheel to pip as one word, whatever is in its path', () => {
    writeFileSync(join(folder, 'docker'), DOCKER, { mode: 0o755 });
    writeFileSync(join(folder, 'trap.whl'), '');
    const paths = [`${folder}/*.whl`, `${folder}/two words.whl`, `${folder}/it's "$(touch canary)" [a-z].whl`];
    const marker = join(folder, 'run/wheels');
    const ended = run(paths, marker);
    expect([ended.stderr, ended.status]).toEqual(['', 0]);
    const wheels = `${paths.join('\n')}\n`;
    // the check of Python, pip, the check of what is installed
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(`--\n${wheels}--\n${wheels}--\n`);
    expect(readFileSync(marker, 'utf8')).toBe(`c0ffee\n${paths.map((path, i) => `d${i}  ${path}\n`).join('')}`);
  });
});

function run(paths: readonly string[], marker: string) {
  const wheels = paths.map((path, i) => ({ sha256: `d${i}`, path }));
  const [program = '', ...args] = installWheels(wheels, 'c', marker).argv;
  const env = { PATH: `${folder}:${process.env.PATH}`, CALLS: join(folder, 'calls') };
  return spawnSync(program, args, { encoding: 'utf8', cwd: folder, env });
}
