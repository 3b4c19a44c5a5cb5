import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_ENV, withImageEnv } from '../../../src/engines/omni/imageEnv.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'image-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const SHELLS: readonly string[][] = [['sh'], ['bash'], ['bash', '--posix']];

describe('a script that begins with the environment of the image', () => {
  const run = ([shell, ...flags]: readonly string[], bashrc: string | null, rest: string) => {
    if (bashrc !== null) writeFileSync(join(home, '.bashrc'), bashrc);
    writeFileSync(join(home, 'run.sh'), `${IMAGE_ENV}\n${rest}\n`);
    return spawnSync(shell!, [...flags, join(home, 'run.sh')], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home },
    });
  };

  it.each(SHELLS)('has what a ~/.bashrc for bash exports, run by %s', (...shell) => {
    const bashrc =
      'paths=(/a /b)\nsource /there/is/no/such/file\nexport CANN="${paths[1]}$NOT_SET"\nreturn 3\nexport NEVER=1\n';
    const ended = run(shell, bashrc, 'echo "$CANN ${NEVER:-none}"');
    expect([ended.stdout, ended.status]).toEqual(['/b none\n', 0]);
  });

  it.each(SHELLS)('ends at the first failure and at unset names after it, run by %s', (...shell) => {
    expect(run(shell, 'false', 'false; echo on').stdout).toBe('');
    expect(run(shell, '', 'echo "$NOT_SET"').status).not.toBe(0);
  });

  it('runs without a ~/.bashrc', () => {
    expect(run(['sh'], null, 'echo on').stdout).toBe('on\n');
  });
});

describe('a command with the environment of the image', () => {
  it('gets its words as they are, and an output of its own', () => {
    writeFileSync(join(home, '.bashrc'), 'echo hello\nexport CANN=/cann\nreturn 1\n');
    const argv = withImageEnv(['sh', '-c', 'printf "%s|" "$CANN" "$@"', 'x', "it's", '$(id)', '']);
    const output = execFileSync(argv[0]!, argv.slice(1), {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(output).toBe("/cann|it's|$(id)||");
  });
});
