import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopArgv } from '../../src/engines/stopArgv.ts';
import { quote } from '../../src/shell/quote.ts';
import { unless } from '../fakes/unless.ts';

// a pid namespace of its own stands for the container
const noNamespace =
  spawnSync('unshare', ['--fork', '--pid', '--mount-proc', 'true']).status === 0
    ? null
    : 'no pid namespace can be made: needs root';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stop-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script as first process of a "container"; gives its output. */
function inContainer(script: string): string {
  const file = join(folder, 'script.sh');
  writeFileSync(file, script);
  return execFileSync('unshare', ['--fork', '--pid', '--mount-proc', 'sh', file], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

/** `stop` as docker exec runs it: in a session of its own. */
const stop = (node: string, graceSeconds: number) =>
  `setsid -w ${quote([...stopArgv(node).slice(0, -1), String(graceSeconds)])}; echo "exit $?"`;
const MARKED = 'OMNIPLACE_NODE=r1/p0';
/** Names of what still runs, each once. */
const LEFT = `for name in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$name; echo; done | grep -o 'sleep 10[0-9]' | sort -u | tr '\\n' ' '; echo`;

/** Waits until `sleep N` runs for each of these. */
const untilRuns = (...seconds: readonly number[]) =>
  seconds.map((n) => `until grep -qzs '^${n}$' /proc/[0-9]*/cmdline; do sleep 0.05; done`).join('\n');

describe('stop, in a pid namespace', unless(noNamespace), () => {
  it('ends the marked server, its descendants and its daemons, and leaves the rest of the container', () => {
    const output = inContainer(`
      sleep 101 &                                                  # the container's own first child
      ${MARKED} setsid sh -c 'sleep 102 & sleep 103' &             # launcher and child
      ${MARKED} setsid sh -c 'env -i setsid sleep 104 & exit' &    # a daemon that lost its marker and its parent
      ${MARKED} setsid sh -c 'env -i sleep 105 & sleep 106' &      # a child without the marker
      OMNIPLACE_NODE=r1/p1 sleep 107 &                             # somebody else's, in the container's own session
      ${untilRuns(101, 102, 103, 104, 105, 106, 107)}
      ${LEFT}
      ${stop('r1/p0', 5)}
      ${LEFT}
      kill $(jobs -p) 2>/dev/null; exit 0
    `);
    expect(output).toBe(
      'sleep 101 sleep 102 sleep 103 sleep 104 sleep 105 sleep 106 sleep 107 \nexit 0\nsleep 101 sleep 107 \n',
    );
  });

  it('kills what does not end on TERM within its grace', () => {
    const started = Date.now();
    const output = inContainer(`
      ${MARKED} setsid sh -c 'trap "" TERM; sleep 102; sleep 103' &
      ${untilRuns(102)}
      ${stop('r1/p0', 1)}
      ${LEFT}
    `);
    expect(output).toBe('exit 0\n\n');
    // its grace is 1 s, what it kills would sleep for 100
    expect(Date.now() - started).toBeLessThan(50_000);
  });

  it('waits as long where the clock is set meanwhile', () => {
    const output = inContainer(`
      clock=$(mktemp -d); count=$clock/count; echo 0 >$count
      printf '#!/bin/sh\necho x >>%s; echo $(($(wc -l <%s) * 100000))\n' $count $count >$clock/date; chmod +x $clock/date
      ${MARKED} setsid sh -c 'trap "" TERM; touch $0; sleep 1; echo its own last word' $clock/trapped &
      until [ -e $clock/trapped ]; do sleep 0.05; done
      PATH=$clock:$PATH
      ${stop('r1/p0', 10)}
    `);
    expect(output).toBe('its own last word\nexit 0\n');
  });

  it('has nothing to do where nothing runs', () => {
    expect(inContainer(`sleep 101 & ${stop('r1/p0', 5)}; ${LEFT}; kill $!`)).toBe('exit 0\nsleep 101 \n');
  });
});
