import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unless } from '../fakes/unless.ts';

// a pid namespace of its own stands for the container
const noNamespace =
  spawnSync('unshare', ['--fork', '--pid', '--mount-proc', 'true']).status === 0
    ? null
    : 'no pid namespace can be made: needs root';
const SCRIPT = new URL('../../templates/release.sh', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'release-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LEFT = `for name in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$name; echo; done | grep -o 'sleep 10[0-9]' | sort -u | tr '\\n' ' '; echo`;
const untilRuns = (...seconds: readonly number[]) =>
  seconds.map((n) => `until grep -qzs '^${n}$' /proc/[0-9]*/cmdline; do sleep 0.05; done`).join('\n');

function inContainer(script: string): string {
  const file = join(folder, 'script.sh');
  writeFileSync(file, script);
  const argv = ['--fork', '--pid', '--mount-proc', 'sh', file];
  return execFileSync('unshare', argv, { encoding: 'utf8', timeout: 60_000 });
}

describe('release, in a pid namespace', unless(noNamespace), () => {
  it('ends what carries the mark of the node, and leaves its server and other nodes', () => {
    const output = inContainer(`
      env -i OMNIPLACE_NODE=r1/c0 setsid sh -c 'env -i setsid sleep 101 & sleep 102; sleep 103' &
      OMNIPLACE_NODE=r1/p0 sleep 104 &
      ${untilRuns(101, 102, 104)}
      sh ${SCRIPT} r1/c0 5; echo "exit $?"
      ${LEFT}
      sh ${SCRIPT} r1/c0 5; echo "exit $?"
    `);
    expect(output).toBe('exit 0\nsleep 101 sleep 104 \nexit 0\n');
  });

  it('kills what does not end on TERM within its grace', () => {
    const output = inContainer(`
      OMNIPLACE_NODE=r1/c0 setsid sh -c 'trap "" TERM; sleep 102; sleep 103' &
      ${untilRuns(102)}
      sh ${SCRIPT} r1/c0 1; echo "exit $?"
      ${LEFT}
    `);
    expect(output).toBe('exit 0\n\n');
  });
});
